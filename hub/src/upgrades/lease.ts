import { TIMES, type TaskRecord } from "./task.ts";

/**
 * Until when the agent owns the task without a further word. A site that changes a device, or waits for windows, may
 * lose the hub for a day and more; a job that only prepares is soon given to whoever asks.
 */
export function leaseUntil(task: TaskRecord, { now, leaseMs }: { now: number; leaseMs: number }): number {
  if (task.phase === "running") return now + TIMES.autonomyMs;
  const lastWindow = task.windows.at(-1)?.closesAt;
  return lastWindow === undefined ? now + leaseMs : Math.max(now + leaseMs, lastWindow + TIMES.autonomyMs);
}
