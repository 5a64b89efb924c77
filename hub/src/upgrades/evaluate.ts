import { compareVersions, type FaultCode, type Hold } from "@fyr/protocol";
import { withAttention } from "./attention.ts";
import { blocks, isOver, withHold, withoutHold } from "./holds.ts";
import { endWith, move } from "./move.ts";
import { withWindow } from "./windows.ts";
import type { TaskRecord } from "./task.ts";
import { darkMs, expiresAt, givenUpAt, wakeAt } from "./wake.ts";

/** What is true beside the task. */
export interface TaskFacts {
  readonly now: number;
  /** The version that the device last reported; null when it is not known. */
  readonly deviceVersion: string | null;
  /** Why the image may not be sent out; null when it may. */
  readonly imageFault: FaultCode | null;
}

/**
 * The scheduler's judgement of one task: what time and facts alone make of it. The same facts twice change nothing
 * the second time.
 */
export function evaluate(task: TaskRecord, facts: TaskFacts): TaskRecord {
  const judged = withAttention(judge(task, facts), facts.now);
  const next = wakeAt(judged, facts.now);
  if (judged === task && next === task.wakeAt) return task;
  return { ...judged, wakeAt: next, changedAt: judged.phase === task.phase ? task.changedAt : facts.now };
}

function judge(task: TaskRecord, facts: TaskFacts): TaskRecord {
  switch (task.phase) {
    case "pending":
    case "ready":
      return queued(task, facts);
    case "leased":
    case "running":
      return lapsed(task, facts.now);
    case "reconciling":
      return reconciling(task, facts.now);
    default:
      return task;
  }
}

function queued(task: TaskRecord, facts: TaskFacts): TaskRecord {
  const { now, deviceVersion } = facts;
  if (task.cancel === "requested" && !task.jobOpen) return move(task, "cancel", now);
  // While an agent may still work on it, only the agent can say that it is done.
  const atTarget = deviceVersion !== null && compareVersions(deviceVersion, task.toVersion) >= 0;
  if (atTarget && !task.jobOpen) return move(task, "atTarget", now);
  if (expiresAt(task) <= now) return endWith(task, ["expire"], "DEADLINE_PASSED", now);
  const held = withWindow(holdsNow(task, facts), now);
  const blocked = held.holds.some(blocks) && !task.jobOpen;
  if (blocked) return move(held, "hold", now);
  return move(held, "release", now);
}

/** Holds whose time is over go; the one that the hub itself judges, the image's, comes and goes with the facts. */
function holdsNow(task: TaskRecord, { now, imageFault }: TaskFacts): TaskRecord {
  const left = task.holds.filter((hold) => !isOver(hold, now));
  const open = left.length === task.holds.length ? task : { ...task, holds: left };
  const ours = open.holds.find(isImageHold);
  if (imageFault === null) return ours ? withoutHold(open, "artifact_unavailable") : open;
  if (ours?.code === imageFault) return open;
  return withHold(open, { reason: "artifact_unavailable", until: null, since: now, code: imageFault });
}

const isImageHold = ({ reason, code }: Hold): boolean =>
  reason === "artifact_unavailable" && (code === "IMAGE_UNKNOWN" || code === "IMAGE_WITHDRAWN");

/** The agent has been silent for longer than its lease. */
function lapsed(task: TaskRecord, now: number): TaskRecord {
  if (task.leaseUntil === null || task.leaseUntil > now) return task;
  return lapse(task, now);
}

/** The agent cannot be counted on any more; the device may have been touched meanwhile. */
export const lapse = (task: TaskRecord, now: number): TaskRecord => {
  const since = task.phase === "running" ? { reconcilingSince: now } : {};
  return move({ ...task, ...since, leaseUntil: null, lookFirst: true }, "lapse", now);
};

function reconciling(task: TaskRecord, now: number): TaskRecord {
  const heard = !task.jobOpen || (task.leaseUntil !== null && task.leaseUntil > now);
  const dark = task.darkSince !== null && now - task.darkSince >= darkMs(task);
  const silent = givenUpAt(task, now) <= now;
  return (dark && heard) || silent
    ? endWith(
        task,
        ["fail"],
        task.server === null ? "DEVICE_UNREACHABLE_AFTER_UPGRADE" : "SERVER_NO_RETURN",
        now,
      )
    : task;
}
