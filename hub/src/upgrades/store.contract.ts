import { isTerminal, TASK_PHASES, type OrgId, type TaskPhase } from "@fyr/protocol";
import { expect, test } from "vitest";
import { deviceRecord, newCommand, newDevice, newOrg, newUpgrade, taskRecord } from "../testing/records.ts";
import { Collision, isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import type { TaskRecord } from "./task.ts";

const FAR = Number.MAX_SAFE_INTEGER;

export function upgradeStoreContract(name: string, stores: () => HubStore): void {
  const insert = (...tasks: TaskRecord[]) => stores().write(({ upgrades }) => upgrades.insertTasks(tasks));
  const save = (before: TaskRecord, change: Partial<TaskRecord>) =>
    stores().write(({ upgrades }) => upgrades.saveTasks([{ before, after: { ...before, ...change } }]));
  const phaseOf = (at: number) => {
    const phase = TASK_PHASES[at % TASK_PHASES.length] as TaskPhase;
    return { phase, endedAt: isTerminal(phase) ? 5 : null };
  };
  const find = (orgId: OrgId, id: TaskRecord["id"]) => stores().read.upgrades.task(orgId, id);

  test(`${name}: a task is what was put in, and nobody else's`, async () => {
    const task = taskRecord({
      holds: [{ reason: "backoff", until: 9, since: 1, code: "TRANSFER_CUT" }],
      windows: [{ opensAt: 1, closesAt: 2 }],
      evidence: { "reading \u0000": "é", n: 1.5, ok: true, none: null },
      ...{
        jobOpen: true,
        jobState: "armed",
        leaseUntil: 4,
        lastStep: "trial",
        pastNoReturn: true,
        lookFirst: true,
      },
      ...{ outcomeCode: "HEALTH_FAILED", reconcilingSince: 3, darkSince: 4, phase: "leased", epoch: 7 },
    });
    await insert(task);
    expect(await find(task.orgId, task.id)).toEqual(task);
    expect(await find(newOrg(), task.id)).toBeNull();
    expect(await stores().read.upgrades.tasks(newOrg(), "everywhere", {}, { limit: 10 })).toEqual([]);
  });

  test(`${name}: of two who read the same version, the second is told and nothing of his is kept`, async () => {
    const [task, other] = [taskRecord(), taskRecord()];
    await insert(task, other);
    await save(task, { attempt: 1 });
    const late = stores().write(({ upgrades }) =>
      upgrades.saveTasks([
        { before: other, after: { ...other, attempt: 5 } },
        { before: task, after: { ...task, attempt: 9 } },
      ]),
    );
    await expect(late).rejects.toThrow(Collision);
    expect(await find(task.orgId, task.id)).toMatchObject({ attempt: 1, version: 2 });
    expect(await find(other.orgId, other.id)).toMatchObject({ attempt: 0, version: 1 });
  });

  test(`${name}: a device has one active task, and one open task for an image`, async () => {
    const place = { orgId: newOrg(), deviceId: newDevice() };
    await insert(taskRecord({ ...place, phase: "leased" }));
    const taken = async (task: TaskRecord) => isTaken(await insert(task).catch((error: unknown) => error));
    expect(await taken(taskRecord({ ...place, phase: "ready" }))).toBe(true);
    expect(await taken(taskRecord({ ...place, phase: "pending" }))).toBe(false);
    expect(await taken(taskRecord({ ...place, phase: "failed" }))).toBe(false);
    expect(await taken(taskRecord({ ...place, orgId: newOrg(), phase: "ready" }))).toBe(false);
    const open = taskRecord();
    await insert(open);
    const twin = { orgId: open.orgId, dedupe: open.dedupe };
    expect(await taken(taskRecord({ ...twin, phase: "pending" }))).toBe(true);
    expect(await taken(taskRecord({ ...twin, phase: "cancelled" }))).toBe(false);
    expect(await taken(taskRecord({ dedupe: open.dedupe }))).toBe(false);
  });

  test(`${name}: counters are what a recount gives, whoever writes`, async () => {
    const orgId = newOrg();
    const upgrades = [newUpgrade(), newUpgrade()];
    for (const id of upgrades) {
      await stores().write((tx) =>
        tx.upgrades.insertUpgrade({ orgId, id, actor: "operator", createdAt: 1, kind: "device" }),
      );
    }
    const tasks = upgrades.flatMap((upgradeId) =>
      Array.from({ length: 8 }, () => taskRecord({ orgId, upgradeId })),
    );
    await insert(...tasks);
    const moves = tasks.map((task, at) => save(task, phaseOf(at)));
    await Promise.all(moves);
    await Promise.allSettled(tasks.map((task) => save(task, { phase: "failed", endedAt: 6 })));
    const found = await stores().read.upgrades.upgrades(orgId, "everywhere", { limit: 10 });
    for (const { id, counts } of found) {
      const theirs = await stores().read.upgrades.tasks(
        orgId,
        "everywhere",
        { upgradeId: id },
        { limit: 100 },
      );
      const recount = Object.fromEntries(
        [...Map.groupBy(theirs, ({ phase }) => phase)].map(([phase, group]) => [phase, group.length]),
      );
      expect(counts).toEqual(recount);
    }
    expect(found.map(({ id }) => id)).toEqual(upgrades);
    expect(await stores().read.upgrades.upgrade(newOrg(), "everywhere", upgrades[0]!)).toBeNull();
  });

  test(`${name}: tasks are filtered and paged by id`, async () => {
    const [orgId, upgradeId] = [newOrg(), newUpgrade()];
    const tasks = Array.from({ length: 6 }, (_, at) =>
      taskRecord({ orgId, upgradeId, phase: at % 2 ? "pending" : "ready" }),
    );
    await insert(...tasks, taskRecord({ orgId }));
    const { upgrades } = stores().read;
    const ready = await upgrades.tasks(orgId, "everywhere", { upgradeId, phase: "ready" }, { limit: 1 });
    expect(ready.map(({ id }) => id)).toEqual([tasks[0]!.id, tasks[2]!.id]);
    const rest = await upgrades.tasks(
      orgId,
      "everywhere",
      { upgradeId, phase: "ready" },
      { after: tasks[0]!.id, limit: 9 },
    );
    expect(rest.map(({ id }) => id)).toEqual([tasks[2]!.id, tasks[4]!.id]);
  });

  test(`${name}: due tasks come with the version of their device`, async () => {
    const device = deviceRecord();
    const empty = {
      links: [],
      tasks: [],
      events: [],
      ackedCommands: [],
      proved: [],
      servers: [],
      recorded: [],
      now: 0,
    };
    await stores().write(({ syncs }) => syncs.save({ ...empty, devices: [device] }));
    const facts = { orgId: device.orgId, deviceId: device.id };
    const [due, unknown, later, never] = [
      taskRecord({ ...facts, wakeAt: 10 }),
      taskRecord({ wakeAt: 5 }),
      taskRecord({ wakeAt: FAR }),
      taskRecord({ wakeAt: null, phase: "failed" }),
    ];
    await insert(due, unknown, later, never);
    expect(await stores().read.upgrades.nextDue()).toBe(5);
    const found = await stores().write(({ upgrades }) => upgrades.due(10, 100));
    expect(found.map(({ task, deviceVersion }) => [task.id, deviceVersion])).toEqual([
      [unknown.id, null],
      [due.id, device.version],
    ]);
    for (const { task } of found) await save(task, { wakeAt: FAR });
  });

  test(`${name}: two schedulers at once share the work`, async () => {
    const tasks = Array.from({ length: 40 }, () => taskRecord({ wakeAt: 1 }));
    await insert(...tasks);
    const work = (): Promise<string[]> =>
      stores().write(async ({ upgrades }) => {
        const due = await upgrades.due(1, 5);
        await upgrades.saveTasks(due.map(({ task }) => ({ before: task, after: { ...task, wakeAt: FAR } })));
        return due.map(({ task }) => task.id);
      });
    const until = async (): Promise<string[]> => {
      const done = await work();
      return done.length > 0 ? [...done, ...(await until())] : done;
    };
    const done = (await Promise.all([until(), until(), until(), until()])).flat();
    expect(done.sort()).toEqual(tasks.map(({ id }) => id).sort());
  });

  test(`${name}: pending tasks are found by a hold`, async () => {
    const hold = (reason: "artifact_unavailable" | "backoff") => [
      { reason, until: null, since: 1, code: null },
    ];
    const [waiting, other] = [
      taskRecord({ phase: "pending", holds: hold("artifact_unavailable") }),
      taskRecord({ phase: "pending", holds: hold("backoff") }),
    ];
    await insert(waiting, other);
    const found = await stores().write(({ upgrades }) => upgrades.heldBy("artifact_unavailable", 100));
    expect(found.map(({ id }) => id)).toEqual([waiting.id]);
  });

  test(`${name}: open tasks of devices are found in their organisation alone`, async () => {
    const [open, over] = [taskRecord(), taskRecord({ phase: "succeeded" })];
    await insert(open, over);
    const ask = (orgId: OrgId) =>
      stores().write(({ upgrades }) => upgrades.lockOpenTasks(orgId, [open.deviceId, over.deviceId]));
    expect((await ask(open.orgId)).map(({ id }) => id)).toEqual([open.id]);
    expect(await ask(newOrg())).toEqual([]);
  });

  test(`${name}: an image's import is noted once`, async () => {
    const digest = taskRecord().dedupe;
    const note = (at: number) => stores().write(({ images }) => images.noteImport(digest, at));
    expect([await note(5), await note(6)]).toEqual([true, false]);
    expect(await stores().read.images.importedAt([digest, "f".repeat(64)])).toEqual(new Map([[digest, 5]]));
  });

  test(`${name}: commands of tasks that are over need no answer`, async () => {
    const task = taskRecord({ phase: "running", jobOpen: true, cancel: "requested" });
    const { orgId, agentId, id: taskId } = task;
    await stores().write(({ fleet }) => fleet.insertLink(orgId, agentId));
    await insert(task);
    const command = {
      orgId,
      agentId,
      taskId,
      commandId: newCommand(),
      kind: "cancel",
      createdAt: 1,
    } as const;
    await stores().write(({ upgrades }) => upgrades.insertCommands([command]));
    const needs = { orgId, agentId, tasks: [], serials: [], wholeSite: false, servers: [], capacity: 0 };
    const open = () => stores().write(async ({ syncs }) => (await syncs.load([needs])).commands);
    expect(await open()).toEqual([command]);
    await save(task, { jobOpen: false });
    expect(await open()).toEqual([]);
  });
}
