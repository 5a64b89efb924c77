import { cancelAt, CANCEL_TASK, Fault } from "@fyr/protocol";
import { move } from "./move.ts";
import type { TaskRecord } from "./task.ts";

export interface Cancelled {
  readonly task: TaskRecord;
  /** The agent has to be told. */
  readonly tell: boolean;
}

/**
 * Answers the wish to cancel (upgrades.md 5.7). A wish that the agent must decide on is kept and sent to it until it
 * confirms; a repeated wish changes nothing.
 *
 * @throws Fault CANCEL_FINISHED, CANCEL_TOO_LATE
 */
export function cancelTask(task: TaskRecord, now: number): Cancelled {
  switch (CANCEL_TASK[task.phase]) {
    case "over":
      throw new Fault("CANCEL_FINISHED", { phase: task.phase });
    case "now":
      // Its lease ran out, but nobody knows what the agent does: only it can say that nothing will be done.
      if (task.jobOpen) return wished(task, now);
      return { task: { ...move({ ...task, cancel: "done" }, "cancel", now), changedAt: now }, tell: false };
    case "ask":
      if (isTooLate(task)) throw new Fault("CANCEL_TOO_LATE", { step: task.lastStep });
      return wished(task, now);
    case "keep":
      return wished(task, now);
  }
}

const isTooLate = ({ pastNoReturn, lastStep }: TaskRecord): boolean =>
  pastNoReturn || (lastStep !== null && cancelAt(lastStep) !== "stop");

const wished = (task: TaskRecord, now: number): Cancelled =>
  task.cancel === "requested"
    ? { task, tell: false }
    : { task: { ...task, cancel: "requested", changedAt: now }, tell: true };
