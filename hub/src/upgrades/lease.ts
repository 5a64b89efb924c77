import { TIMES, type TaskRecord } from "./task.ts";

/**
 * Until when the agent owns the task without a further word. A site that changes a device, or waits for windows, may
 * lose the hub for a day and more; a job that only prepares is soon given to whoever asks.
 */
export function leaseUntil(task: TaskRecord, { now, leaseMs }: { now: number; leaseMs: number }): number {
  if (task.server !== null && task.phase === "leased") return now + leaseMs;
  if (task.phase === "running") return now + TIMES.autonomyMs;
  const lastWindow = task.windows.at(-1)?.closesAt;
  return lastWindow === undefined ? now + leaseMs : Math.max(now + leaseMs, lastWindow + TIMES.autonomyMs);
}

/** A lease is written anew once half of it is gone, so that a busy site's reports leave the scheduler's order alone. */
const RENEW_FROM = 0.5;

/** The task with its lease renewed, or as it is while most of its lease is left. */
export function withLease(task: TaskRecord, context: { now: number; leaseMs: number }): TaskRecord {
  const until = leaseUntil(task, context);
  const left = (task.leaseUntil ?? context.now) - context.now;
  const whole = until - context.now;
  return left >= whole * RENEW_FROM && left <= whole ? task : { ...task, leaseUntil: until };
}
