import { cancelAt, CANCEL_SERVER_TASK, CANCEL_TASK, Fault } from "@fyr/protocol";
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
 * @throws Fault CANCEL_FINISHED, CANCEL_TOO_LATE; SERVER_CLAIMED for a server's that an agent has
 */
export function cancelTask(task: TaskRecord, now: number): Cancelled {
  if (task.server !== null) return { task: cancelServerTask(task, now), tell: false };
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

/**
 * Withdraws a request for a server, as long as no agent claimed it (C-20, R-077). A claim outlives its lease: only the
 * agent that has it can give it back.
 *
 * @throws Fault SERVER_CLAIMED, CANCEL_FINISHED
 */
export function cancelServerTask(task: TaskRecord, now: number): TaskRecord {
  const answer = CANCEL_SERVER_TASK[task.phase];
  if (answer === "over") throw new Fault("CANCEL_FINISHED", { phase: task.phase });
  if (answer === "claimed" || task.jobOpen)
    throw new Fault("SERVER_CLAIMED", { phase: task.phase, step: task.lastStep });
  return { ...move({ ...task, cancel: "done" }, "cancel", now), changedAt: now };
}

const isTooLate = ({ pastNoReturn, lastStep }: TaskRecord): boolean =>
  pastNoReturn || (lastStep !== null && cancelAt(lastStep) !== "stop");

const wished = (task: TaskRecord, now: number): Cancelled =>
  task.cancel === "requested"
    ? { task, tell: false }
    : { task: { ...task, cancel: "requested", changedAt: now }, tell: true };
