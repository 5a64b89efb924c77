import { HOLDS, type FaultCode, type Hold, type HoldReason, type ParkReason } from "@fyr/protocol";
import type { TaskRecord } from "./task.ts";

/** What a person reads about a task whose outcome asks for a repair, by the code that the agent gave. */
const REPAIRS: Partial<Record<FaultCode, HoldReason>> = {
  DEVICE_DENIED: "credentials",
  DEVICE_NO_CREDENTIALS: "credentials",
  DEVICE_DEFAULTED: "credentials",
  DEVICE_KEY_CHANGED: "credentials",
  VAULT_SEALED: "credentials",
  IMAGE_PATH_BLOCKED: "dependency",
  METADATA_EXPIRED: "artifact_unavailable",
};

export const repairHold = (code: FaultCode, now: number): Hold => ({
  reason: REPAIRS[code] ?? "compat",
  until: null,
  since: now,
  code,
});

/** Why a job of the agent waits, in the words of the hub. */
const PARKED: Record<ParkReason, HoldReason> = {
  window: "window",
  disk_full: "artifact_unavailable",
  image_unavailable: "artifact_unavailable",
  metadata_unavailable: "artifact_unavailable",
  clock_uncertain: "window",
  retry: "backoff",
};

export const parkHold = (
  { reason, until }: { reason: ParkReason; until: number | null },
  code: FaultCode | undefined,
  now: number,
): Hold => ({ reason: PARKED[reason], until, since: now, code: code ?? null });

export const timeHold = (
  reason: "backoff" | "penalty",
  until: number,
  code: FaultCode | null,
  now: number,
): Hold => ({
  reason,
  until,
  since: now,
  code,
});

export const isOver = ({ until }: Hold, now: number): boolean => until !== null && until <= now;

/** Whether this hold keeps a task from being granted. */
export const blocks = ({ reason }: Hold): boolean => HOLDS[reason].wakes !== "info";

export const withHold = (task: TaskRecord, hold: Hold): TaskRecord => ({
  ...task,
  holds: [...task.holds.filter(({ reason }) => reason !== hold.reason), hold],
});

export const withoutHold = (task: TaskRecord, reason: HoldReason): TaskRecord => ({
  ...task,
  holds: task.holds.filter((hold) => hold.reason !== reason),
});
