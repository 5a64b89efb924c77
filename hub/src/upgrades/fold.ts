import {
  ATTENTION_CODES,
  changesTarget,
  STEPS,
  type FaultCode,
  type JobEvent,
  type JobState,
  type OutcomeEvent,
  type StateEvent,
  type StepEvent,
} from "@fyr/protocol";
import { worse } from "./attention.ts";
import { parkHold } from "./holds.ts";
import { withLease } from "./lease.ts";
import { move, moveAlong } from "./move.ts";
import { afterFailure, type Chance } from "./retry.ts";
import { withRestore } from "./restore.ts";
import type { TaskRecord } from "./task.ts";
import { wakeAt } from "./wake.ts";

/** What a fold may use besides the events. */
export interface FoldContext {
  readonly now: number;
  readonly leaseMs: number;
  readonly chance: Chance;
}

/** States in which the job has left what touches nothing. */
const CHANGING: readonly JobState[] = ["settling", "verifying"];
/** States that say nothing about what became of the device. */
const UNKNOWING: readonly JobState[] = ["accepted", "observing", "closing", "closed"];

/**
 * Takes events of the open job into the task: the next ones of the contiguous prefix, each exactly once. Order comes
 * from their sequence alone, so the result is the same however they travelled.
 */
export function applyEvents(task: TaskRecord, events: readonly JobEvent[], context: FoldContext): TaskRecord {
  const last = events.at(-1);
  if (!last) return task;
  let folded = task;
  for (const event of events) folded = applyEvent(folded, event, context);
  const place = { ackedSeq: last.seq, seqHigh: Math.max(task.seqHigh, last.seq), lastHash: last.hash };
  // After its outcome a job has little left to say that could change the task.
  if (folded === task) return { ...task, ...place };
  const leased = folded.jobOpen ? withLease(folded, context) : folded;
  return { ...leased, ...place, wakeAt: wakeAt(leased, context.now), changedAt: context.now };
}

function applyEvent(task: TaskRecord, event: JobEvent, context: FoldContext): TaskRecord {
  if (!task.jobOpen) return afterItsEnd(task, event);
  const owned = regained(task, context.now);
  switch (event.kind) {
    case "state":
      return onState(owned, event, context.now);
    case "step":
      return onStep(owned, event, context.now);
    case "outcome":
      return onOutcome(owned, event, context);
  }
}

/** After its outcome a job tells of nothing but the restore that a person asked for. */
function afterItsEnd(task: TaskRecord, event: JobEvent): TaskRecord {
  if (task.server === null || event.kind !== "step" || event.step !== "restore") return task;
  return withRestore(task, event);
}

/** The agent speaks for a job whose lease had lapsed: it has it after all. */
export const regained = (task: TaskRecord, now: number): TaskRecord =>
  task.phase === "pending" || task.phase === "ready" ? moveAlong(task, ["release", "grant"], now) : task;

function onState(task: TaskRecord, { state, park, code }: StateEvent, now: number): TaskRecord {
  const holds = park ? [parkHold(park, code, now)] : [];
  const told = { ...asked(task, code), jobState: state, holds };
  if (state === "observing") return observing(told, now);
  if (UNKNOWING.includes(state)) return told;
  const known = { ...told, darkSince: null, reconcilingSince: null };
  return CHANGING.includes(state) || task.phase === "reconciling" ? move(known, "start", now) : known;
}

/** An installer takes so long that its agent asks people to look. It goes on (upgrades.md 5.4b). */
const asked = (task: TaskRecord, code: FaultCode | undefined): TaskRecord =>
  code !== undefined && (ATTENTION_CODES as readonly FaultCode[]).includes(code)
    ? { ...task, attention: worse(task.attention, code) }
    : task;

const BACK_IN_USE = { unavailableSince: null, attention: null } as const;

/** The device does not answer, or nobody knows what it runs: the agent looks. */
function observing(task: TaskRecord, now: number): TaskRecord {
  const since = { reconcilingSince: task.reconcilingSince ?? now, darkSince: task.darkSince ?? now };
  return move({ ...task, ...since, lookFirst: true }, "observe", now);
}

function onStep(task: TaskRecord, { step, moment }: StepEvent, now: number): TaskRecord {
  const began = moment === "begun";
  // A transfer that begins anew follows a look that found the device untouched.
  const back = began && step === "transfer";
  const past = moment === "lastChunk" || (began && STEPS[step].way === "noReturn");
  const pastNoReturn = back ? false : task.pastNoReturn || past;
  const cancel = task.cancel === "requested" && pastNoReturn ? "refused" : task.cancel;
  const unavailableSince = task.unavailableSince ?? (began && step === "install" ? now : null);
  const stepped = { ...task, lastStep: step, pastNoReturn, cancel, unavailableSince };
  return changesTarget(step) ? move(stepped, "start", now) : stepped;
}

function onOutcome(task: TaskRecord, event: OutcomeEvent, { now, chance }: FoldContext): TaskRecord {
  const { outcome, code } = event;
  const evidence = event.version === null ? event.evidence : { ...event.evidence, version: event.version };
  const over = {
    jobOpen: false,
    jobState: null,
    leaseUntil: null,
    holds: [],
    lookFirst: false,
    ...BACK_IN_USE,
  };
  const ended = { ...task, ...over, evidence, outcomeCode: code };
  switch (outcome) {
    case "succeeded":
      return move(ended, "succeed", now);
    case "skipped":
      return move(ended, "skip", now);
    case "rolled_back":
      return move(ended, "rollBack", now);
    case "cancelled":
      return move({ ...ended, cancel: "done" }, "cancel", now);
    case "failed":
    case "given_back":
      return afterFailure({ ...ended, pastNoReturn: false }, code, now, chance);
  }
}
