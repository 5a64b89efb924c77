import { CHAIN_START, type Order } from "@fyr/protocol";
import { blocks, isOver } from "./holds.ts";
import { leaseUntil } from "./lease.ts";
import { move } from "./move.ts";
import type { TaskRecord } from "./task.ts";
import { wakeAt } from "./wake.ts";

/** What may be given to its agent now: what is ready, and what is in doubt and has nobody who looks. */
export function isGrantable(task: TaskRecord, now: number): boolean {
  if (task.phase === "ready") return true;
  const waits = task.holds.some((hold) => blocks(hold) && !isOver(hold, now));
  return task.phase === "reconciling" && !task.jobOpen && !waits;
}

/** A new attempt under a new epoch; whoever held an older one is fenced from here on. */
export function granted(task: TaskRecord, { now, leaseMs }: { now: number; leaseMs: number }): TaskRecord {
  const job = {
    jobOpen: true,
    jobState: null,
    ackedSeq: 0,
    seqHigh: 0,
    lastHash: CHAIN_START,
    lastStep: null,
  };
  const next = {
    ...task,
    ...job,
    epoch: task.epoch + 1,
    attempt: task.attempt + 1,
    holds: [],
    changedAt: now,
  };
  const moved = move(next, "grant", now);
  const leased = { ...moved, leaseUntil: leaseUntil(moved, { now, leaseMs }) };
  return { ...leased, wakeAt: wakeAt(leased, now) };
}

/** What the agent is ordered to do. Says nothing about the image: that stands in what the publishers signed. */
export const orderOf = (task: TaskRecord): Order => ({
  taskId: task.id,
  epoch: task.epoch,
  serial: task.serial,
  digest: task.digest,
  attempt: task.attempt,
  lookFirst: task.lookFirst,
  windows: [...task.windows],
  deadline: task.deadline,
  backup: task.backup,
});
