import { INSTALL, type Window } from "@fyr/protocol";
import { withHold, withoutHold } from "./holds.ts";
import type { TaskRecord } from "./task.ts";

/** What a window must have room for when an installer starts, because it cannot be stopped (upgrades.md 5.4b). */
export const ROOM_MS = INSTALL.usualMs * INSTALL.windowTimes;

const lastStart = ({ closesAt }: Window): number => closesAt - ROOM_MS;

/** The window in which an installer may start now. */
const openNow = ({ windows }: TaskRecord, now: number): Window | undefined =>
  windows.find((window) => window.opensAt <= now && now <= lastStart(window));

const waitsForWindow = ({ server, windows, jobOpen }: TaskRecord): boolean =>
  server !== null && windows.length > 0 && !jobOpen;

/**
 * A server's task with a hold while none of its windows is open: what an agent claims is never withdrawn any more, so it
 * is not given out before (upgrades.md 5.7). A device's agent waits for windows itself.
 */
export function withWindow(task: TaskRecord, now: number): TaskRecord {
  if (!waitsForWindow(task)) return task;
  const held = task.holds.find(({ reason }) => reason === "window");
  if (openNow(task, now)) return held ? withoutHold(task, "window") : task;
  const until = task.windows.find(({ opensAt }) => opensAt > now)?.opensAt ?? null;
  if (held && held.until === until) return task;
  return withHold(task, { reason: "window", until, since: held?.since ?? now, code: null });
}

/** When a task that is ready has to wait for the next window. */
export function windowEnds(task: TaskRecord, now: number): number[] {
  const open = waitsForWindow(task) ? openNow(task, now) : undefined;
  return open ? [lastStart(open) + 1] : [];
}

/**
 * The windows that a server's order names: the one that is open, so that a job which misses it comes back to the queue.
 * An order to look first is given at any time, and names what is left for an installer that turns out not to have begun.
 */
export function windowsToOrder(task: TaskRecord, now: number): Window[] {
  const open = openNow(task, now);
  if (open) return [open];
  const left = task.windows.filter(({ closesAt }) => closesAt > now);
  return left.length > 0 ? left : task.windows.slice(-1);
}
