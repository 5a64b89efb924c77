import { ImageFacts } from "@fyr/certs";
import {
  AxisVersion,
  CAMERA_STEP_NAMES,
  Command,
  Digest,
  Evidence,
  FaultCodeName,
  Grant,
  JOB_STATES,
  JobId,
  OUTCOMES,
  Order,
  PARK_REASON_NAMES,
  Serial,
  TaskId,
  Timestamp,
} from "@fyr/protocol";
import { z } from "zod";

/** What the journal keeps. Everything here is on disk before anything is done because of it. */

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().nonnegative();

export const Park = z.strictObject({
  reason: z.enum(PARK_REASON_NAMES),
  /** On the site's clock (`SiteTime`); null when only an event wakes the job. */
  until: Timestamp.nullable(),
});
export type Park = z.infer<typeof Park>;

/** How a job ended, as its last event says it. */
export const Ending = z.strictObject({
  outcome: z.enum(OUTCOMES),
  code: FaultCodeName.nullable(),
  version: AxisVersion.nullable(),
  evidence: Evidence,
});
export type Ending = z.infer<typeof Ending>;

/** One job: what it was told, where it stands, what it said. */
export const JobRecord = z.strictObject({
  jobId: JobId,
  taskId: TaskId,
  epoch: z.int().positive(),
  grant: Grant,
  /** Both are known once the order was verified; null before. */
  order: Order.nullable(),
  image: ImageFacts.nullable(),
  /** The version that the inventory knew when the order was verified: tells a downgrade from a race. */
  versionWhenAccepted: z.string().nullable(),
  state: z.enum(JOB_STATES),
  /** The step that runs or is to be entered again; null outside of steps. */
  step: z.enum(CAMERA_STEP_NAMES).nullable(),
  park: Park.nullable(),
  /** Free bytes of disk that a job parked as `disk_full` waits for, beside what the journal wants. */
  needsBytes: Count,
  /** A wish that was accepted and is still to be fulfilled. */
  wish: z.enum(["cancel", "undo"]).nullable(),
  /** The epoch that took this job's place. */
  fencedBy: Count.nullable(),
  /** How often a device that lost power while flashing was given another chance. */
  powerRetries: Count,
  ending: Ending.nullable(),
  /** Sequence number and hash of the last event, and the highest that the hub has on disk. */
  seq: Count,
  lastHash: Hash,
  ackedSeq: Count,
  acceptedAt: Timestamp,
  closedAt: Timestamp.nullable(),
});
export type JobRecord = z.infer<typeof JobRecord>;

/** The device as it was right before the image left; what comes back is compared with this. */
export const Before = z.strictObject({
  /** Null when the upload was another agent's and nobody knows. */
  version: z.string().nullable(),
  target: z.string(),
  digest: Digest,
  model: z.string().nullable(),
  hardwareId: z.string().nullable(),
  bootId: z.string().nullable(),
  uptimeS: z.number().nullable(),
});
export type Before = z.infer<typeof Before>;

/** What was seen of the device since. Only grows; see `learn`. */
export const Seen = z.strictObject({
  /** The point of no return: the last bytes of the image may have left (upgrades.md 5.5). */
  lastChunk: z.boolean(),
  target: z.boolean(),
  off: z.boolean(),
  /** It answered again after having been off. */
  onAgain: z.boolean(),
  /** The boot id seen last, and how many different ones came after the first. */
  bootId: z.string().nullable(),
  boots: Count,
  /** It ran the target with the old version in the slot beside it, uncommitted. */
  trialSlot: z.boolean(),
  /** Its uptime was smaller than before the upload. */
  restartedClock: z.boolean(),
  /** Monotonic milliseconds spent watching since the last chunk, over all processes. */
  watchedMs: z.number().nonnegative(),
  /** Its new key was accepted, once. */
  keyRenewed: z.boolean(),
});
export type Seen = z.infer<typeof Seen>;

/** Acts that need an intent: the steps that have one, and the restart that a legacy device is asked for. */
export const ActName = z.enum(["backup", "transfer", "commit", "rollback", "restart"]);
export type ActName = z.infer<typeof ActName>;

/** One intent and what became of it. Written before the act; `end` stays null until the truth is known. */
export const StepRun = z.strictObject({
  /** Hash of job, act and try; travels to the device as `context`. */
  runKey: z.string().regex(/^[0-9a-f]{32}$/),
  jobId: JobId,
  serial: Serial,
  act: ActName,
  /** From 1; 0 for an upload that an earlier grant began. */
  try: Count,
  at: Timestamp,
  /** Of a transfer only. */
  before: Before.nullable(),
  seen: Seen.nullable(),
  /** `void`: it did not happen, or left no trace; counts as no try. */
  end: z.enum(["done", "failed", "void"]).nullable(),
  code: FaultCodeName.nullable(),
});
export type StepRun = z.infer<typeof StepRun>;

export const CommandRecord = z.strictObject({
  command: Command,
  /** What the job answered; null while no job of the task has come. */
  answer: z.enum(["stop", "undo", "late", "keep", "over"]).nullable(),
  /** The hub knows that we have it. */
  acked: z.boolean(),
  at: Timestamp,
});
export type CommandRecord = z.infer<typeof CommandRecord>;

export const nothingSeen: Seen = {
  lastChunk: false,
  target: false,
  off: false,
  onAgain: false,
  bootId: null,
  boots: 0,
  trialSlot: false,
  restartedClock: false,
  watchedMs: 0,
  keyRenewed: false,
};
