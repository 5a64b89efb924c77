import type {
  AgentId,
  BootId,
  CommandId,
  DeviceId,
  FolderId,
  JobEvent,
  JobId,
  OrgId,
  Serial,
  ServerId,
  ServerUid,
  SyncId,
  TaskId,
} from "@fyr/protocol";
import type { ServerRecord } from "../../servers/server.ts";
import type { CommandRecord } from "../../upgrades/store.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { DeviceRecord } from "../store.ts";

/** What the hub and one agent agreed on last. */
export interface LinkRecord {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  /** The process that speaks for the site, and those that spoke before it, newest first. */
  readonly bootId: BootId | null;
  readonly bootSince: number | null;
  readonly displaced: readonly BootId[];
  readonly agentVersion: string | null;
  readonly lastSeenAt: number | null;
  readonly inventoryHash: string | null;
  /** Sequence number of the last order to this agent. */
  readonly orderSeq: number;
  readonly lastSyncId: SyncId | null;
  /** The last answer with something in it, as its JSON text: the same sync is answered with the same bytes. */
  readonly lastAnswer: string | null;
  /** Where devices go that this site reports first. */
  readonly folderId: FolderId;
}

/** What the hub has to know to answer one sync. */
export interface SyncNeeds {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  /** Tasks that the request speaks of. */
  readonly tasks: readonly TaskId[];
  /** Devices that the request speaks of; `wholeSite` when it lists all there are. */
  readonly serials: readonly Serial[];
  readonly wholeSite: boolean;
  readonly servers: readonly ServerUid[];
  /** How many new jobs the agent could take. */
  readonly capacity: number;
}

export interface EventRecord {
  readonly orgId: OrgId;
  readonly event: JobEvent;
  /** It came after its job or its epoch was over: evidence that changes nothing. */
  readonly late: boolean;
  readonly receivedAt: number;
}

/** Everything that a batch of syncs may look at, locked until its transaction ends. */
export interface SyncWorld {
  readonly links: readonly LinkRecord[];
  /** Those that the requests speak of, those that the agents hold, and the next ones in their queues. */
  readonly tasks: readonly TaskRecord[];
  /** Stored events beyond a gap, of the jobs among `tasks`. */
  readonly buffered: readonly { readonly jobId: JobId; readonly event: JobEvent }[];
  readonly commands: readonly CommandRecord[];
  readonly devices: readonly DeviceRecord[];
  /** Those that the requests speak of, in their organisations. */
  readonly servers: readonly ServerRecord[];
  /** Which organisations have them. */
  readonly serverOwners: readonly { readonly uid: ServerUid; readonly orgId: OrgId }[];
  /** Devices that the requests speak of, that no agent found so far, and that a server records. */
  readonly recorded: readonly {
    readonly orgId: OrgId;
    readonly serial: Serial;
    readonly folderId: FolderId;
  }[];
}

/** What a device or a server proved to run when a job ended; an inventory in the same batch knows better. */
export interface ProvedVersion {
  readonly kind: "device" | "server";
  readonly orgId: OrgId;
  readonly deviceId: DeviceId;
  readonly version: string;
}

/** Everything that one server records. */
export interface RecordedDevices {
  readonly orgId: OrgId;
  readonly serverId: ServerId;
  readonly serials: readonly Serial[];
}

export interface SyncChanges {
  readonly links: readonly LinkRecord[];
  readonly tasks: readonly { readonly before: TaskRecord; readonly after: TaskRecord }[];
  readonly events: readonly EventRecord[];
  readonly ackedCommands: readonly { readonly orgId: OrgId; readonly commandId: CommandId }[];
  readonly proved: readonly ProvedVersion[];
  /** Reported by their agents; new ones too. */
  readonly devices: readonly DeviceRecord[];
  readonly servers: readonly ServerRecord[];
  readonly recorded: readonly RecordedDevices[];
  readonly now: number;
}

export interface SyncStore {
  load(needs: readonly SyncNeeds[]): Promise<SyncWorld>;
  save(changes: SyncChanges): Promise<void>;
}

/** What tells whether an agent with nothing to say has to be told something: one indexed read, compiled once. */
export interface IdleView {
  readonly bootId: string | null;
  readonly inventoryHash: string | null;
  readonly lastSyncId: string | null;
  readonly agentVersion: string | null;
  /** Tasks that it could be given, or is believed to have, or commands that it has not confirmed. */
  readonly waiting: boolean;
}

export type ReadIdle = (orgId: OrgId, agentId: AgentId) => Promise<IdleView | null>;
