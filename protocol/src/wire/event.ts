import { z } from "zod";
import { FAULT_CODES } from "../faults/codes.ts";
import { JobId, TaskId } from "../ids.ts";
import { AxisVersion, Percent, Timestamp } from "../scalars.ts";
import { JOB_STATES, OUTCOMES, PARK_REASON_NAMES } from "../upgrade/job.ts";
import { SERVER_STEP_NAMES } from "../upgrade/server.ts";
import { CAMERA_STEP_NAMES } from "../upgrade/steps.ts";

export const StepName = z.enum([...CAMERA_STEP_NAMES, ...SERVER_STEP_NAMES]);
export type StepName = z.infer<typeof StepName>;
export const FaultCodeName = z.enum(FAULT_CODES);

/** Readings and figures that back a statement: small, flat, never a secret. */
export const Evidence = z.record(
  z.string().max(40),
  z.union([z.string().max(300), z.number(), z.boolean(), z.null()]),
);
export type Evidence = z.infer<typeof Evidence>;

const place = {
  taskId: TaskId,
  jobId: JobId,
  epoch: z.int().positive(),
  /** From 1, without gaps, per job. */
  seq: z.int().positive(),
  at: Timestamp,
  /** Hash of the event before (64 zeros before the first) and of this one: a missing or altered link shows. */
  previous: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
};

/** The job moved along an edge of the job table. */
export const StateEvent = z.strictObject({
  ...place,
  kind: z.literal("state"),
  state: z.enum(JOB_STATES),
  /** Why it waits and until when, for `parked`. */
  park: z.strictObject({ reason: z.enum(PARK_REASON_NAMES), until: Timestamp.nullable() }).optional(),
  code: FaultCodeName.optional(),
});

/**
 * A step began or ended. The point of no return is `lastChunk`, the durable note before the end of an upload leaves; at a
 * server it is the beginning of `install`.
 */
export const StepEvent = z.strictObject({
  ...place,
  kind: z.literal("step"),
  step: StepName,
  try: z.int().positive(),
  moment: z.enum(["begun", "lastChunk", "done", "failed"]),
  code: FaultCodeName.optional(),
  evidence: Evidence.optional(),
});

/** What became of a job: its last event, but for the restore of a server that a person asked for after it. */
export const OutcomeEvent = z.strictObject({
  ...place,
  kind: z.literal("outcome"),
  outcome: z.enum(OUTCOMES),
  code: FaultCodeName.nullable(),
  /** The version that the device last proved; null when it never answered. */
  version: AxisVersion.nullable(),
  evidence: Evidence,
});

/** One line of a job's journal as the hub receives it. Transitions only; progress is state, not history. */
export const JobEvent = z
  .discriminatedUnion("kind", [StateEvent, StepEvent, OutcomeEvent])
  .meta({ id: "JobEvent" });
export type JobEvent = z.infer<typeof JobEvent>;
export type StateEvent = z.infer<typeof StateEvent>;
export type StepEvent = z.infer<typeof StepEvent>;
export type OutcomeEvent = z.infer<typeof OutcomeEvent>;

/** Live progress of one job: only the latest counts, any may be lost. */
export const Progress = z
  .strictObject({
    taskId: TaskId,
    epoch: z.int().positive(),
    state: z.enum(JOB_STATES),
    step: StepName.nullable(),
    /** Of the whole upgrade. */
    percent: Percent,
    /** Milliseconds that remain, as the agent reckons; null when it cannot tell. */
    leftMs: z.int().nonnegative().nullable(),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;
