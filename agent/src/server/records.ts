import { ImageFacts } from "@fyr/certs";
import {
  AxisVersion,
  CommandId,
  Evidence,
  FaultCodeName,
  Grant,
  JobEvent,
  JobId,
  JOB_STATES,
  OUTCOMES,
  PARK_REASON_NAMES,
  SERVER_STEP_NAMES,
  ServerOrder,
  TaskId,
  Timestamp,
  CHAIN_START,
  type Grant as GrantOf,
} from "@fyr/protocol";
import { z } from "zod";
import { jobIdOf } from "../upgrade/chain.ts";

const Count = z.int().nonnegative();
const Hash = z.string().regex(/^[0-9a-f]{64}$/);

export const Park = z.strictObject({ reason: z.enum(PARK_REASON_NAMES), until: Timestamp.nullable() });
export type Park = z.infer<typeof Park>;

export const Ending = z.strictObject({
  outcome: z.enum(OUTCOMES),
  code: FaultCodeName.nullable(),
  version: AxisVersion.nullable(),
  evidence: Evidence,
});
export type Ending = z.infer<typeof Ending>;

/** The server right before its installer was started; what comes back is compared with this. */
export const ServerBefore = z.strictObject({
  version: z.string(),
  bootId: z.string(),
  /** Devices that it recorded; null where nobody can tell. */
  devices: Count.nullable(),
});
export type ServerBefore = z.infer<typeof ServerBefore>;

export const BackupKept = z.strictObject({
  path: z.string().max(1000),
  sizeBytes: Count,
  files: Count,
  sha256: Hash,
});

/** One start of a helper and what is known of it. On disk before the helper is. */
export const InstallRun = z.strictObject({
  runKey: z.string().regex(/^[0-9a-f]{32}$/),
  try: z.int().positive(),
  at: Timestamp,
  /** When it is expected to be over, on the host's clock: for people. */
  until: Timestamp,
  /** Monotonic milliseconds spent watching, over all processes. */
  watchedMs: z.number().nonnegative(),
  /** What people were told because it takes long; each once. */
  overdue: z.boolean(),
  asked: z.boolean(),
  /** Its installer was started, and cut off: what is half done must be finished, in whatever window. */
  began: z.boolean(),
  /** `void`: no helper came of it; counts as no try. */
  end: z.enum(["done", "failed", "void"]).nullable(),
});
export type InstallRun = z.infer<typeof InstallRun>;

/** A person's word that the backup shall be put back, and what became of it. One for each job. */
export const Restore = z.strictObject({
  state: z.enum(["asked", "running", "ended"]),
  at: Timestamp,
  /** Helpers that were started for it; the newest's run, and when it is expected to be over. */
  try: Count,
  runKey: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  until: Timestamp.nullable(),
  /** Of its end: why it failed; null when the backup is back. */
  code: FaultCodeName.nullable(),
});
export type Restore = z.infer<typeof Restore>;

export const askedRestore = (at: number): Restore => ({
  ...{ state: "asked", at, try: 0, runKey: null, until: null, code: null },
});

/**
 * One job at a server, whole: what it was told, where it stands, what it said and was asked. One row of the journal,
 * written anew with each change, so that a state and its event are on disk together or not at all.
 */
export const ServerJobRecord = z.strictObject({
  jobId: JobId,
  taskId: TaskId,
  epoch: z.int().positive(),
  grant: Grant,
  order: ServerOrder.nullable(),
  image: ImageFacts.nullable(),
  state: z.enum(JOB_STATES),
  step: z.enum(SERVER_STEP_NAMES).nullable(),
  park: Park.nullable(),
  fencedBy: Count.nullable(),
  before: ServerBefore.nullable(),
  backup: BackupKept.nullable(),
  /** Backups and helpers that were begun; the newest last. */
  saves: Count,
  runs: z.array(InstallRun).max(20),
  ending: Ending.nullable(),
  restore: Restore.nullable().default(null),
  seq: Count,
  lastHash: Hash,
  ackedSeq: Count,
  events: z.array(JobEvent).max(200),
  commands: z
    .array(
      z.strictObject({
        commandId: CommandId,
        answer: z.enum(["claimed", "over", "done"]),
        acked: z.boolean(),
      }),
    )
    .max(100),
  acceptedAt: Timestamp,
  closedAt: Timestamp.nullable(),
});
export type ServerJobRecord = z.infer<typeof ServerJobRecord>;

export const newServerRecord = (grant: GrantOf, at: number): ServerJobRecord => ({
  jobId: jobIdOf(grant.taskId, grant.epoch),
  taskId: grant.taskId,
  epoch: grant.epoch,
  grant,
  order: null,
  image: null,
  state: "accepted",
  step: null,
  park: null,
  fencedBy: null,
  before: null,
  backup: null,
  saves: 0,
  runs: [],
  ending: null,
  restore: null,
  seq: 0,
  lastHash: CHAIN_START,
  ackedSeq: 0,
  events: [],
  commands: [],
  acceptedAt: at,
  closedAt: null,
});
