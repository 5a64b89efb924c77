import { CHAIN_START, type Order, type ServerOrder } from "@fyr/protocol";
import { blocks, isOver } from "./holds.ts";
import { windowsToOrder } from "./windows.ts";
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
export function orderOf(task: TaskRecord, now: number): Order | ServerOrder {
  const { id: taskId, epoch, digest, attempt, lookFirst, deadline, serial, backup, server } = task;
  const what = { taskId, epoch, digest, attempt, lookFirst, deadline };
  if (server !== null) return { kind: "server", ...what, uid: server, windows: windowsToOrder(task, now) };
  return { ...what, serial, windows: [...task.windows], backup };
}
