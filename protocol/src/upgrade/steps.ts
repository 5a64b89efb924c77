import type { FaultCode } from "../faults/codes.ts";

/** One step at a camera, as data (upgrades.md 5.4). */
export interface StepFacts {
  /** The name that people and reports use. */
  readonly code: string;
  /** `free`: can be left at any time. `noReturn`: only forward. `trial`: can be undone by a rollback. */
  readonly way: "free" | "noReturn" | "trial";
  /** An intent row is durable before the act and an outcome row after it. */
  readonly intent: boolean;
  /** How long the step may take, in milliseconds; transfer has a rule of its own on top. */
  readonly budgetMs: number;
  /** Attempts inside one job; 0 where nothing is sent, Infinity where only time limits. */
  readonly tries: number;
  readonly fails: readonly FaultCode[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const CAMERA_STEPS = {
  identify: {
    code: "S0",
    way: "free",
    intent: false,
    budgetMs: 30 * SECOND,
    tries: 3,
    fails: ["DEVICE_WRONG", "DEVICE_UNREACHABLE", "DEVICE_DENIED", "DEVICE_KEY_CHANGED"],
  },
  precheck: {
    code: "S1",
    way: "free",
    intent: false,
    budgetMs: 60 * SECOND,
    tries: 3,
    fails: [
      "IMAGE_PATH_BLOCKED",
      "DEVICE_BUSY",
      "DEVICE_UNCOMMITTED",
      "IMAGE_WRONG_MODEL",
      "IMAGE_DOWNGRADE",
    ],
  },
  backup: {
    code: "S2",
    way: "free",
    intent: true,
    budgetMs: 5 * MINUTE,
    tries: 2,
    fails: ["BACKUP_FAILED"],
  },
  arm: {
    code: "S3",
    way: "free",
    intent: false,
    budgetMs: 30 * SECOND,
    tries: 1,
    fails: ["WINDOW_MISSED", "DEVICE_WRONG"],
  },
  transfer: {
    code: "S4",
    way: "free",
    intent: true,
    budgetMs: 5 * MINUTE,
    tries: 3,
    fails: ["TRANSFER_STALLED", "TRANSFER_CUT", "DEVICE_REJECTED", "DEVICE_IMAGE_REFUSED", "DEVICE_BUSY"],
  },
  apply: { code: "S5", way: "noReturn", intent: false, budgetMs: 20 * MINUTE, tries: 0, fails: [] },
  return: {
    code: "S6",
    way: "noReturn",
    intent: false,
    budgetMs: 20 * MINUTE,
    tries: Number.POSITIVE_INFINITY,
    fails: ["DEVICE_NO_RETURN"],
  },
  trial: {
    code: "S7",
    way: "trial",
    intent: false,
    budgetMs: 8 * MINUTE,
    tries: 3,
    fails: ["HEALTH_FAILED", "DEVICE_UNVERIFIED"],
  },
  commit: {
    code: "S8",
    way: "trial",
    intent: true,
    budgetMs: 30 * SECOND,
    tries: 10,
    fails: ["COMMIT_FAILED"],
  },
  rollback: {
    code: "S7r",
    way: "noReturn",
    intent: true,
    budgetMs: 20 * MINUTE,
    tries: 1,
    fails: ["ROLLBACK_FAILED"],
  },
  settle: { code: "S9", way: "free", intent: false, budgetMs: 60 * SECOND, tries: 3, fails: [] },
} as const satisfies Record<string, StepFacts>;

export type CameraStep = keyof typeof CAMERA_STEPS;
export const CAMERA_STEP_NAMES = Object.keys(CAMERA_STEPS) as [CameraStep, ...CameraStep[]];

/** Upload figures of upgrades.md 5.4. */
export const TRANSFER = {
  /** The budget of a transfer grows with the image: at least this rate is expected. */
  slowestBytesPerSecond: 64 * 1024,
  stallBytesPerSecond: 1024,
  stallMs: 60 * SECOND,
  /** `last_chunk` is durable before the last bytes of this length leave. */
  lastChunkBytes: 1024 * 1024,
  autoRollbackMinutes: 30,
} as const;

/** How often a device in doubt is asked: close together at first, then rarely. */
export const OBSERVE_EVERY_MS = [15 * SECOND, 5 * MINUTE, 30 * MINUTE] as const;
