import { isTerminal } from "@fyr/protocol";
import { attentionDue } from "./attention.ts";
import { windowEnds } from "./windows.ts";
import { TIMES, type TaskRecord } from "./task.ts";

const HOUR_MS = 3_600_000;

/** After this a task that nobody started is over. The site's word is awaited when it may have touched the device. */
export const expiresAt = ({ deadline, lookFirst }: TaskRecord): number =>
  lookFirst ? deadline + TIMES.lateWordMs : deadline;

/** When the scheduler has to look at a task again; null when nothing but an end of holds or a report can move it. */
export function wakeAt(task: TaskRecord, now: number): number | null {
  if (isTerminal(task.phase)) return null;
  switch (task.phase) {
    case "pending":
      return Math.min(
        expiresAt(task),
        ...task.holds.map(({ until }) => until ?? expiresAt(task)),
        ...unheld(task, now),
      );
    case "ready":
      return Math.min(expiresAt(task), ...windowEnds(task, now), ...attentionDue(task));
    case "reconciling":
      return Math.min(givenUpAt(task, now), ...darkEnds(task, now), ...attentionDue(task));
    default:
      return Math.min(task.leaseUntil ?? now, ...attentionDue(task));
  }
}

const unheld = ({ holds }: TaskRecord, now: number): number[] => (holds.length === 0 ? [now] : []);

export const givenUpAt = ({ reconcilingSince }: TaskRecord, now: number): number =>
  (reconcilingSince ?? now) + TIMES.siteSilentMs;

/** How long what does not answer after an upgrade is waited for. */
export const darkMs = ({ server }: TaskRecord): number =>
  server === null ? TIMES.unreachableAfterUpgradeMs : TIMES.serverUnreachableMs;

/** A device is only called dead while its agent is heard; else this is asked again later. */
function darkEnds(task: TaskRecord, now: number): number[] {
  const { darkSince } = task;
  if (darkSince === null) return [];
  const end = darkSince + darkMs(task);
  return [end > now ? end : now + HOUR_MS];
}
