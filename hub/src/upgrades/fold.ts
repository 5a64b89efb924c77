import {
  CAMERA_STEP_NAMES,
  CAMERA_STEPS,
  type CameraStep,
  type JobEvent,
  type JobState,
  type OutcomeEvent,
  type StateEvent,
  type StepEvent,
} from "@fyr/protocol";
import { parkHold } from "./holds.ts";
import { leaseUntil } from "./lease.ts";
import { move, moveAlong } from "./move.ts";
import { afterFailure, type Chance } from "./retry.ts";
import type { TaskRecord } from "./task.ts";
import { wakeAt } from "./wake.ts";

/** What a fold may use besides the events. */
export interface FoldContext {
  readonly now: number;
  readonly leaseMs: number;
  readonly chance: Chance;
}

const FIRST_CHANGING_STEP = CAMERA_STEP_NAMES.indexOf("transfer");
const changesDevice = (step: CameraStep): boolean => CAMERA_STEP_NAMES.indexOf(step) >= FIRST_CHANGING_STEP;

/** States in which the job has left what touches nothing. */
const CHANGING: readonly JobState[] = ["settling", "verifying"];
/** States that say nothing about what became of the device. */
const UNKNOWING: readonly JobState[] = ["accepted", "observing", "closing", "closed"];

/**
 * Takes events of the open job into the task: the next ones of the contiguous prefix, each exactly once. Order comes
 * from their sequence alone, so the result is the same however they travelled.
 */
export function applyEvents(task: TaskRecord, events: readonly JobEvent[], context: FoldContext): TaskRecord {
  let folded = task;
  for (const event of events) folded = applyEvent(folded, event, context);
  if (folded === task) return task;
  const leased = folded.jobOpen ? { ...folded, leaseUntil: leaseUntil(folded, context) } : folded;
  return { ...leased, wakeAt: wakeAt(leased, context.now), changedAt: context.now };
}

function applyEvent(task: TaskRecord, event: JobEvent, context: FoldContext): TaskRecord {
  const taken = {
    ...task,
    ackedSeq: event.seq,
    seqHigh: Math.max(task.seqHigh, event.seq),
    lastHash: event.hash,
  };
  // After its outcome a job has nothing left to say that could change the task.
  if (!task.jobOpen) return taken;
  const owned = regained(taken, context.now);
  switch (event.kind) {
    case "state":
      return onState(owned, event, context.now);
    case "step":
      return onStep(owned, event, context.now);
    case "outcome":
      return onOutcome(owned, event, context);
  }
}

/** The agent speaks for a job whose lease had lapsed: it has it after all. */
export const regained = (task: TaskRecord, now: number): TaskRecord =>
  task.phase === "pending" || task.phase === "ready" ? moveAlong(task, ["release", "grant"], now) : task;

function onState(task: TaskRecord, { state, park, code }: StateEvent, now: number): TaskRecord {
  const holds = park ? [parkHold(park, code, now)] : [];
  const moved = { ...task, jobState: state, holds };
  if (state === "observing") {
    const since = { reconcilingSince: task.reconcilingSince ?? now, darkSince: task.darkSince ?? now };
    return move({ ...moved, ...since, lookFirst: true }, "observe", now);
  }
  const known = UNKNOWING.includes(state) ? moved : { ...moved, darkSince: null, reconcilingSince: null };
  const started = CHANGING.includes(state) || (task.phase === "reconciling" && !UNKNOWING.includes(state));
  return started ? move(known, "start", now) : known;
}

function onStep(task: TaskRecord, { step, moment }: StepEvent, now: number): TaskRecord {
  const began = moment === "begun";
  // A transfer that begins anew follows a look that found the device untouched.
  const back = began && step === "transfer";
  const past = moment === "lastChunk" || (began && CAMERA_STEPS[step].way === "noReturn");
  const pastNoReturn = back ? false : task.pastNoReturn || past;
  const cancel = task.cancel === "requested" && pastNoReturn ? "refused" : task.cancel;
  const stepped = { ...task, lastStep: step, pastNoReturn, cancel };
  return changesDevice(step) ? move(stepped, "start", now) : stepped;
}

function onOutcome(task: TaskRecord, event: OutcomeEvent, { now, chance }: FoldContext): TaskRecord {
  const version = event.version === null ? {} : { version: event.version };
  const evidence = { ...event.evidence, ...version };
  const over = { ...task, jobOpen: false, jobState: null, leaseUntil: null, holds: [], evidence };
  const certain = { ...over, lookFirst: false, pastNoReturn: false, outcomeCode: event.code };
  switch (event.outcome) {
    case "succeeded":
      return move({ ...certain, pastNoReturn: task.pastNoReturn }, "succeed", now);
    case "skipped":
      return move(certain, "skip", now);
    case "rolled_back":
      return move({ ...certain, pastNoReturn: task.pastNoReturn }, "rollBack", now);
    case "cancelled":
      return move({ ...certain, cancel: "done" }, "cancel", now);
    case "failed":
    case "given_back":
      return afterFailure(certain, event.code, now, chance);
  }
}
