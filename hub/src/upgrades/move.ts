import { isTerminal, nextPhase, type FaultCode, type TaskEvent } from "@fyr/protocol";
import type { TaskRecord } from "./task.ts";

/**
 * Moves a task along an edge of protocol's table. A task whose phase has no such edge stays as it is: what reports
 * say late or twice must not break anything. What ends is emptied of everything that only the living need.
 */
export function move(task: TaskRecord, event: TaskEvent, now: number): TaskRecord {
  const phase = nextPhase(task.phase, event);
  if (phase === undefined || phase === task.phase) return task;
  return isTerminal(phase) ? ended({ ...task, phase }, now) : { ...task, phase };
}

function ended(task: TaskRecord, now: number): TaskRecord {
  const fenced = task.jobOpen ? { epoch: task.epoch + 1, jobOpen: false } : {};
  const cancel =
    task.cancel === "requested" ? (task.phase === "cancelled" ? "done" : "refused") : task.cancel;
  return {
    ...task,
    ...fenced,
    cancel,
    holds: [],
    leaseUntil: null,
    wakeAt: null,
    darkSince: null,
    unavailableSince: null,
    attention: null,
    endedAt: now,
  };
}

/** Along several edges in a row. */
export const moveAlong = (task: TaskRecord, events: readonly TaskEvent[], now: number): TaskRecord =>
  events.reduce((moved, event) => move(moved, event, now), task);

/** Ends a task for a reason that people shall read. */
export const endWith = (
  task: TaskRecord,
  events: readonly TaskEvent[],
  code: FaultCode,
  now: number,
): TaskRecord => moveAlong({ ...task, outcomeCode: code }, events, now);
