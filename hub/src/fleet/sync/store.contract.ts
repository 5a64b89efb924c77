import { BootId, SyncId, type JobEvent } from "@fyr/protocol";
import { expect, test } from "vitest";
import { jobOf } from "../../testing/job.ts";
import { deviceRecord, newAgent, newCommand, newOrg, newTaskId, taskRecord } from "../../testing/records.ts";
import type { HubStore } from "../../store/store.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { LinkRecord, SyncChanges, SyncNeeds } from "./store.ts";

const NOTHING: SyncChanges = {
  links: [],
  tasks: [],
  events: [],
  ackedCommands: [],
  proved: [],
  devices: [],
  servers: [],
  recorded: [],
  now: 0,
};

/** Events of a job as an agent numbers them. */
function eventsOf(task: TaskRecord): JobEvent[] {
  const grant = {
    order: { signed: {}, signatures: [] },
    taskId: task.id,
    epoch: task.epoch,
    targetVersion: "12.0",
    sizeBytes: 1,
  };
  const job = jobOf(grant, { wall: () => 5 });
  job.succeed();
  return job.events;
}

export function syncStoreContract(name: string, stores: () => HubStore): void {
  const site = async () => {
    const [orgId, agentId] = [newOrg(), newAgent()];
    await stores().write(({ fleet }) => fleet.insertLink(orgId, agentId));
    return { orgId, agentId };
  };
  const needs = (who: Pick<SyncNeeds, "orgId" | "agentId">, more: Partial<SyncNeeds> = {}): SyncNeeds => ({
    ...{ tasks: [], serials: [], wholeSite: false, servers: [], capacity: 0 },
    ...who,
    ...more,
  });
  const load = (...all: SyncNeeds[]) => stores().write(({ syncs }) => syncs.load(all));
  const save = (changes: Partial<SyncChanges>) =>
    stores().write(({ syncs }) => syncs.save({ ...NOTHING, ...changes }));
  const insert = (...tasks: TaskRecord[]) => stores().write(({ upgrades }) => upgrades.insertTasks(tasks));

  test(`${name}: a link is what was saved`, async () => {
    const who = await site();
    const { links } = await load(needs(who));
    const boot = BootId.parse(newTaskId());
    const link: LinkRecord = {
      ...links[0]!,
      ...{
        bootId: boot,
        bootSince: 3,
        displaced: [boot],
        agentVersion: "1",
        inventoryHash: "h",
        orderSeq: 2 ** 45,
      },
      ...{ lastSyncId: SyncId.parse(newTaskId()), lastAnswer: '{"a":"é"}' },
    };
    await save({ links: [link] });
    expect((await load(needs(who))).links).toEqual([link]);
    expect(await stores().idle(who.orgId, who.agentId)).toMatchObject({
      bootId: boot,
      inventoryHash: "h",
      waiting: false,
    });
    expect(await stores().idle(newOrg(), who.agentId)).toBeNull();
  });

  test(`${name}: a site gets what it speaks of, what it holds, and the head of its queue`, async () => {
    const who = await site();
    const mine = { orgId: who.orgId, agentId: who.agentId };
    const queue = Array.from({ length: 5 }, () => taskRecord({ ...mine, phase: "ready" }));
    const held = (["leased", "running", "reconciling"] as const).map((phase) =>
      taskRecord({ ...mine, phase }),
    );
    const lapsed = taskRecord({ ...mine, phase: "ready", jobOpen: true });
    const over = taskRecord({ ...mine, phase: "succeeded" });
    const silent = taskRecord({ ...mine, phase: "pending" });
    const foreign = taskRecord({ phase: "leased" });
    await insert(...queue, ...held, lapsed, over, silent, foreign);
    const { tasks } = await load(needs(who, { tasks: [over.id, foreign.id], capacity: 2 }));
    const wanted = [...queue.slice(0, 2), ...held, lapsed, over].map(({ id }) => id);
    expect(tasks.map(({ id }) => id).sort()).toEqual(wanted.sort());
    const unable = await load(needs(who));
    expect(unable.tasks.map(({ id }) => id).sort()).toEqual([...held, lapsed].map(({ id }) => id).sort());
  });

  test(`${name}: an event is stored once, and those beyond a gap come back in order`, async () => {
    const who = await site();
    const task = taskRecord({ ...who, phase: "running", epoch: 1, ackedSeq: 1, seqHigh: 5, jobOpen: true });
    await insert(task);
    const events = eventsOf(task);
    const records = [5, 3, 4, 3].map((seq) => ({
      orgId: who.orgId,
      event: events[seq - 1]!,
      late: false,
      receivedAt: 1,
    }));
    await save({ events: records.slice(0, 3) });
    await save({ events: records });
    const { buffered } = await load(needs(who));
    expect(buffered.map(({ event }) => event)).toEqual(events.slice(2, 5));
  });

  test(`${name}: devices are found by what the site says of them, with their open tasks`, async () => {
    const [who, other] = [await site(), await site()];
    const [mine, named] = [
      deviceRecord({ ...who }),
      deviceRecord({ orgId: who.orgId, agentId: other.agentId }),
    ];
    const foreign = deviceRecord({ serial: named.serial });
    await save({ devices: [mine, named, foreign] });
    const waiting = taskRecord({
      orgId: who.orgId,
      agentId: other.agentId,
      deviceId: named.id,
      phase: "pending",
    });
    await insert(waiting);
    const some = await load(needs(who, { serials: [named.serial] }));
    expect([some.devices, some.tasks]).toEqual([[named], [waiting]]);
    const all = await load(needs(who, { serials: [named.serial], wholeSite: true }));
    expect(all.devices.map(({ id }) => id).sort()).toEqual([mine.id, named.id].sort());
  });

  test(`${name}: a proved version is written, an inventory beside it wins`, async () => {
    const [one, two] = [deviceRecord(), deviceRecord()];
    await save({ devices: [one, two] });
    const proved = [one, two].map(({ orgId, id }) => ({
      kind: "device" as const,
      orgId,
      deviceId: id,
      version: "12.1.1",
    }));
    await save({ proved, devices: [{ ...two, version: "12.2.2" }] });
    const version = async ({ orgId, id }: typeof one) =>
      (await stores().read.fleet.device(orgId, id))?.version;
    expect([await version(one), await version(two)]).toEqual(["12.1.1", "12.2.2"]);
  });

  test(`${name}: a command waits for its agent until it is confirmed, and so does work`, async () => {
    const who = await site();
    const waiting = async () => (await stores().idle(who.orgId, who.agentId))?.waiting;
    expect(await waiting()).toBe(false);
    const command = {
      ...who,
      taskId: newTaskId(),
      commandId: newCommand(),
      kind: "cancel",
      createdAt: 1,
    } as const;
    await stores().write(({ upgrades }) => upgrades.insertCommands([command]));
    expect(await waiting()).toBe(true);
    await save({ ackedCommands: [command] });
    expect(await waiting()).toBe(false);
    await insert(taskRecord({ ...who, phase: "pending" }));
    expect(await waiting()).toBe(false);
    await insert(taskRecord({ ...who, phase: "ready" }));
    expect(await waiting()).toBe(true);
  });
}
