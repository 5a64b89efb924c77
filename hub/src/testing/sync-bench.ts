import { defaultFolderOf } from "../folders/default-folder.ts";
import { BOOT_SILENT_MS } from "../fleet/sync/boot.ts";
import { signOrder } from "@fyr/certs";
import { testSigningKey } from "@fyr/certs/testing";
import { BootId, SyncId, WIRE_VERSION, type JobEvent, type SyncRequest, type TaskId } from "@fyr/protocol";
import type { Change } from "../audit/store.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import { decideSync, type SyncAnswer, type SyncContext } from "../fleet/sync/decide.ts";
import type { EventRecord, LinkRecord, SyncWorld } from "../fleet/sync/store.ts";
import { workspace } from "../fleet/sync/workspace.ts";
import { jobIdOf } from "../upgrades/job-id.ts";
import type { ServerRecord } from "../servers/server.ts";
import type { CommandRecord } from "../upgrades/store.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { inventoryHash } from "./device.ts";
import { newAgent, newDevice, newOrg, newServer, newTaskId } from "./records.ts";

const START = Date.UTC(2026, 0, 1);
const orderKey = testSigningKey("bench orders");

/** Decides syncs of one agent over records in memory: the pure core without store, queue or time. */
export interface SyncBench {
  readonly link: LinkRecord;
  now: number;
  readonly tasks: Map<TaskId, TaskRecord>;
  readonly devices: Map<string, DeviceRecord>;
  /** By id. */
  readonly servers: Map<string, ServerRecord>;
  owners: SyncWorld["serverOwners"];
  recorded: SyncWorld["recorded"];
  /** Whether other agents were heard of lately. */
  othersHeard: boolean;
  /** Everything that was written down, of whichever organisation. */
  readonly trail: Change[];
  readonly commands: CommandRecord[];
  readonly events: EventRecord[];
  readonly actions: string[];
  /** A request with nothing in it but what is said here. */
  request(said?: Partial<SyncRequest>): SyncRequest;
  context(changed?: Partial<SyncContext>): SyncContext;
  /** @throws Fault as the hub refuses; nothing is kept then */
  send(said?: Partial<SyncRequest>, context?: Partial<SyncContext>): SyncAnswer;
  add(task: TaskRecord): TaskRecord;
}

export function syncBench(facts: Partial<LinkRecord> = {}): SyncBench {
  const boot = BootId.parse(newTaskId());
  const orgId = facts.orgId ?? newOrg();
  let link: LinkRecord = {
    ...{
      orgId,
      folderId: defaultFolderOf(orgId),
      agentId: newAgent(),
      bootId: boot,
      bootSince: START,
      displaced: [],
      agentVersion: "1",
    },
    ...{
      lastSeenAt: START,
      inventoryHash: inventoryHash([]),
      orderSeq: 0,
      lastSyncId: null,
      lastAnswer: null,
    },
    ...facts,
  };
  const tasks = new Map<TaskId, TaskRecord>();
  const devices = new Map<string, DeviceRecord>();
  const servers = new Map<string, ServerRecord>();
  const commands: CommandRecord[] = [];
  const events: EventRecord[] = [];
  const actions: string[] = [];

  const beyondGap = (): { jobId: JobEvent["jobId"]; event: JobEvent }[] =>
    events.flatMap(({ event, late }) => {
      const task = tasks.get(event.taskId);
      const current = task !== undefined && jobIdOf(task.id, task.epoch) === event.jobId;
      return current && !late && event.seq > task.ackedSeq ? [{ jobId: event.jobId, event }] : [];
    });

  const bench: SyncBench = {
    now: START,
    ...{ tasks, devices, servers, commands, events, actions },
    ...{ owners: [], recorded: [], othersHeard: false, trail: [] },
    get link() {
      return link;
    },
    request: (said = {}) => ({
      ...{ wire: WIRE_VERSION, agentId: link.agentId, bootId: boot, syncId: SyncId.parse(newTaskId()) },
      ...{
        agentTime: bench.now,
        agentVersion: "1",
        capacity: { jobs: 10, cacheFreeBytes: 0 },
        jobs: [],
        events: [],
      },
      ...{ commandAcks: [], inventoryHash: link.inventoryHash ?? inventoryHash([]) },
      ...said,
    }),
    context: (changed) => ({
      ...{ now: bench.now, leaseMs: 15 * 60_000, chance: () => 0.5, newDeviceId: newDevice },
      ...{ newServerId: newServer, isHeard: () => bench.othersHeard },
      orders: { sign: (claims) => signOrder(orderKey, claims) },
      ...{
        imageFault: () => null,
        lastSeenAt: bench.now,
        newestSyncId: null,
        ...{ refusal: null, spokenAt: null, silentMs: BOOT_SILENT_MS },
        spokenAt: null,
        nextPollMs: () => 1_000,
      },
      ...changed,
    }),
    send(said, changed) {
      const world = {
        links: [link],
        tasks: [...tasks.values()],
        buffered: beyondGap(),
        commands,
        devices: [...devices.values()],
        servers: [...servers.values()],
        serverOwners: bench.owners,
        recorded: bench.recorded,
      };
      const space = workspace(world);
      const draft = space.draft(link.agentId);
      if (!draft) throw new Error("the bench has one agent");
      const answer = decideSync(draft, bench.request(said), bench.context(changed));
      space.keep(draft);
      const changes = space.changes(bench.now);
      link = changes.links[0] ?? link;
      for (const { after } of changes.tasks) tasks.set(after.id, after);
      for (const device of changes.devices) devices.set(device.serial, device);
      for (const server of changes.servers) servers.set(server.id, server);
      const stored = new Set(events.map(({ event }) => `${event.jobId} ${event.seq}`));
      events.push(...changes.events.filter(({ event }) => !stored.has(`${event.jobId} ${event.seq}`)));
      for (const { commandId } of changes.ackedCommands) {
        commands.splice(
          commands.findIndex((command) => command.commandId === commandId),
          1,
        );
      }
      bench.trail.push(...changes.audit);
      actions.push(...changes.audit.map(({ action }) => action));
      return answer;
    },
    add(task) {
      const mine = { ...task, orgId: link.orgId, agentId: link.agentId };
      tasks.set(mine.id, mine);
      return mine;
    },
  };
  return bench;
}
