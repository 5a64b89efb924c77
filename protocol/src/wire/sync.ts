import { z } from "zod";
import { AgentId, BootId, CommandId, JobId, SyncId, TaskId } from "../ids.ts";
import { Bytes, Millis, Timestamp } from "../scalars.ts";
import { JOB_STATES } from "../upgrade/job.ts";
import { JobEvent, Progress } from "./event.ts";
import { Grant } from "./grant.ts";
import { InventoryDelta } from "./inventory.ts";
import { ServerReport } from "./server.ts";

export const WIRE_VERSION = 1;

/** Caps of upgrades.md 5.8. */
export const SYNC_LIMITS = {
  requestBytes: 1024 * 1024,
  events: 500,
  grants: 100,
  jobs: 2_000,
  servers: 4,
} as const;

/** Where one open job stands. Listing it renews its lease. */
export const JobStanding = z.strictObject({
  taskId: TaskId,
  jobId: JobId,
  epoch: z.int().positive(),
  state: z.enum(JOB_STATES),
  /** Highest sequence number in the agent's journal. */
  seqHigh: z.int().nonnegative(),
  progress: Progress.optional(),
});
export type JobStanding = z.infer<typeof JobStanding>;

/** Agent to hub, `POST /agent/v1/sync`: everything a site has to say, in one round trip. */
export const SyncRequest = z
  .strictObject({
    wire: z.literal(WIRE_VERSION),
    agentId: AgentId,
    bootId: BootId,
    /** The same id is answered with the same bytes: a lost answer costs nothing. */
    syncId: SyncId,
    agentTime: Timestamp,
    agentVersion: z.string().max(40),
    capacity: z.strictObject({ jobs: z.int().nonnegative().max(SYNC_LIMITS.grants), cacheFreeBytes: Bytes }),
    jobs: z.array(JobStanding).max(SYNC_LIMITS.jobs),
    /** Each job's events in order; the rest follows in the next sync. */
    events: z.array(JobEvent).max(SYNC_LIMITS.events),
    commandAcks: z.array(CommandId).max(500),
    /** Hash of the whole inventory as the agent has it now; the hub compares it with its own. */
    inventoryHash: z.string().regex(/^[0-9a-f]{64}$/),
    inventory: InventoryDelta.optional(),
    /** Servers on the agent's host of which something is new; one that is missing is as it was. */
    servers: z.array(ServerReport).max(SYNC_LIMITS.servers).optional(),
  })
  .meta({ id: "SyncRequest" });
export type SyncRequest = z.infer<typeof SyncRequest>;

/**
 * What the hub asks of a job that the agent holds. `restore` is a person's word after a server's upgrade failed: the
 * backup of that job is put back; it is never begun without one.
 */
export const Command = z
  .strictObject({ commandId: CommandId, taskId: TaskId, kind: z.enum(["cancel", "undo", "restore"]) })
  .meta({ id: "Command" });
export type Command = z.infer<typeof Command>;

export const Ack = z.strictObject({
  jobId: JobId,
  /** Highest contiguous sequence number that is on the hub's disk. */
  ackedSeq: z.int().nonnegative(),
  /** Set when a gap was seen: send again from here. */
  resendFrom: z.int().positive().optional(),
});
export type Ack = z.infer<typeof Ack>;

/** Hub to agent. Nothing to say is `204` with the header `fyr-next-poll-ms` instead. */
export const SyncResponse = z
  .strictObject({
    wire: z.literal(WIRE_VERSION),
    syncId: SyncId,
    hubTime: Timestamp,
    acks: z.array(Ack),
    grants: z.array(Grant).max(SYNC_LIMITS.grants),
    commands: z.array(Command),
    /** Jobs whose epoch is over: stop before the point of no return, after it finish safely and report as evidence. */
    fenced: z.array(z.strictObject({ taskId: TaskId, currentEpoch: z.int().nonnegative() })),
    /** The hub holds another inventory than the agent: send the whole one. */
    wantInventory: z.boolean(),
    /** The hub lacks the servers of this host: report them. Missing: false. */
    wantServers: z.boolean().optional(),
    nextPollMs: Millis,
  })
  .meta({ id: "SyncResponse" });
export type SyncResponse = z.infer<typeof SyncResponse>;

export const NEXT_POLL_HEADER = "fyr-next-poll-ms";
