import type { CameraStep } from "./steps.ts";
import type { JobState } from "./job.ts";
import type { TaskPhase } from "./task.ts";

/**
 * What a wish to cancel meets (upgrades.md 5.7). `now`: the hub ends the task at once. `stop`: the agent stops and
 * says so. `undo`: only by rolling back, after a person confirmed. `late`: refused, the upgrade goes on. `keep`: the
 * wish is stored and applied if the device turns out to be untouched. `over`: nothing is left to cancel.
 */
export type CancelAnswer = "now" | "stop" | "undo" | "late" | "keep" | "over";

/** On the hub, by the phase of the task; `ask` leaves the answer to the agent. */
export const CANCEL_TASK = {
  pending: "now",
  ready: "now",
  leased: "ask",
  running: "ask",
  reconciling: "keep",
  succeeded: "over",
  skipped: "over",
  failed: "over",
  rolled_back: "over",
  cancelled: "over",
  expired: "over",
  superseded: "over",
} as const satisfies Record<TaskPhase, CancelAnswer | "ask">;

/** On the agent, by the state of the job; `step` leaves the answer to the step that runs. */
export const CANCEL_JOB = {
  accepted: "stop",
  staging: "stop",
  armed: "stop",
  parked: "stop",
  executing: "step",
  settling: "late",
  verifying: "step",
  observing: "keep",
  closing: "over",
  closed: "over",
} as const satisfies Record<JobState, CancelAnswer | "step">;

/** At the device, by step. Transfer is `stop` until `last_chunk` is written, `late` from then on. */
export const CANCEL_STEP = {
  identify: "stop",
  precheck: "stop",
  backup: "stop",
  arm: "stop",
  transfer: "stop",
  apply: "late",
  return: "late",
  trial: "undo",
  commit: "late",
  rollback: "late",
  settle: "late",
} as const satisfies Record<CameraStep, CancelAnswer>;
