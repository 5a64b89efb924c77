import type { AgentId, FolderId, JobEvent, JobId, OrgId, Serial, ServerUid, TaskId } from "@fyr/protocol";
import type { Change } from "../../audit/store.ts";
import type { ServerRecord } from "../../servers/server.ts";
import type { CommandRecord } from "../../upgrades/store.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { DeviceRecord } from "../store.ts";
import type { EventRecord, LinkRecord, ProvedVersion, RecordedDevices } from "./store.ts";
import type { Layer } from "./layer.ts";

/**
 * One sync's view of what the hub holds, and what the sync changes. Nothing counts until the batch keeps it, so a sync
 * that fails leaves nothing behind.
 */
export interface Draft {
  readonly link: LinkRecord;
  setLink(change: Partial<LinkRecord>): void;
  task(id: TaskId): TaskRecord | undefined;
  /** Those of this agent, in the order in which they were made. */
  tasks(): TaskRecord[];
  setTask(task: TaskRecord): void;
  openTaskOf(target: Pick<DeviceRecord | ServerRecord, "id">): TaskRecord | undefined;
  device(serial: Serial): DeviceRecord | undefined;
  /** Devices of this agent, as far as the batch read them. */
  devices(): DeviceRecord[];
  setDevice(device: DeviceRecord): void;
  /** Where a server stands that records this device, which no agent has found so far. */
  recordedIn(serial: Serial): FolderId | undefined;
  /** The server as this organisation has it; one that was taken out only when there is no other. */
  server(uid: ServerUid): ServerRecord | undefined;
  /** Which organisation has it, whoever that is. */
  ownerOf(uid: ServerUid): OrgId | undefined;
  setServer(server: ServerRecord): void;
  /** Stored events of a job that lie beyond a gap. */
  buffered(jobId: JobId): JobEvent[];
  commands(): CommandRecord[];
  readonly written: Written;
}

/** What a sync adds to the hub's records. */
export interface Written {
  readonly layer: Layer;
  readonly events: EventRecord[];
  readonly acked: CommandRecord[];
  /** Versions that devices proved at the end of a job. */
  readonly proved: ProvedVersion[];
  /** What servers record, as a whole for each. */
  readonly recorded: RecordedDevices[];
  readonly audit: Change[];
}

/** What was there before this sync, earlier syncs of the batch included. */
export interface Ground {
  readonly layer: Layer;
  buffered(jobId: JobId): JobEvent[];
  commands(agentId: AgentId): CommandRecord[];
  recordedIn(orgId: OrgId, serial: Serial): FolderId | undefined;
}

export function draftOver(ground: Ground, start: LinkRecord, written: Written): Draft {
  const { layer } = written;
  let link = start;
  const ours = <T extends { orgId: string }>(record: T | undefined): T | undefined =>
    record?.orgId === link.orgId ? record : undefined;
  return {
    written,
    get link() {
      return link;
    },
    setLink(change) {
      link = { ...link, ...change };
      layer.links.set(link.agentId, link);
    },
    task: (id) => ours(layer.task(id) ?? ground.layer.task(id)),
    tasks: () =>
      [...new Set([...ground.layer.tasksOf(link.agentId), ...layer.tasksOf(link.agentId)])]
        .map((id) => layer.task(id) ?? ground.layer.task(id))
        .filter((task) => task?.agentId === link.agentId)
        .filter((task) => task !== undefined)
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    setTask: (task) => layer.setTask(task),
    openTaskOf(target) {
      const id = ground.layer.openTaskOf(target.id);
      const task = id === undefined ? undefined : (layer.task(id) ?? ground.layer.task(id));
      return task?.endedAt === null ? ours(task) : undefined;
    },
    device: (serial) => layer.device(link.orgId, serial) ?? ground.layer.device(link.orgId, serial),
    devices: () =>
      ground.layer
        .devicesOf(link.agentId)
        .map((device) => layer.device(device.orgId, device.serial) ?? device),
    setDevice: (device) => layer.setDevice(device),
    recordedIn: (serial) => ground.recordedIn(link.orgId, serial),
    server: (uid) => layer.server(link.orgId, uid) ?? ground.layer.server(link.orgId, uid),
    ownerOf: (uid) => layer.ownerOf(uid) ?? ground.layer.ownerOf(uid),
    setServer: (server) => layer.setServer(server),
    buffered: (jobId) => ground.buffered(jobId),
    commands: () => ground.commands(link.agentId),
  };
}
