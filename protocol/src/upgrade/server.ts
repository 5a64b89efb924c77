import type { FaultCode } from "../faults/codes.ts";
import type { CancelAnswer } from "./cancel.ts";
import type { JobMove, JobState } from "./job.ts";
import type { StepFacts } from "./steps.ts";
import type { TaskPhase } from "./task.ts";

/**
 * The upgrade of a host with AXIS Camera Station Pro (upgrades.md 5.4b, 5.5, 5.7). Task and job walk the same tables
 * as a device's; what differs stands here: the steps, what a wish to cancel meets, how long an installer may take, and
 * what is concluded from the traces that an installer leaves.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** An installer is never stopped: from `install` on there is only forward. `restore` begins by a person's word alone. */
export const SERVER_STEPS = {
  meet: {
    code: "V0",
    way: "free",
    intent: false,
    budgetMs: 30 * SECOND,
    tries: 3,
    fails: ["SERVER_WRONG", "SERVER_UNREADABLE"],
  },
  check: {
    code: "V1",
    way: "free",
    intent: false,
    budgetMs: 5 * MINUTE,
    tries: 3,
    fails: [
      "PACKAGE_WRONG_PRODUCT",
      "IMAGE_DOWNGRADE",
      "IMAGE_PATH_BLOCKED",
      "SERVER_DISK_FULL",
      "SERVER_UNHEALTHY",
      "SERVER_EXPORTING",
      "SERVER_REBOOT_PENDING",
      "SERVER_UNREADABLE",
    ],
  },
  save: {
    code: "V2",
    way: "free",
    intent: true,
    budgetMs: 30 * MINUTE,
    tries: 2,
    fails: ["SERVER_BACKUP_FAILED"],
  },
  stage: {
    code: "V3",
    way: "free",
    intent: false,
    budgetMs: 10 * MINUTE,
    tries: 2,
    fails: ["PACKAGE_PUBLISHER", "PACKAGE_INVALID", "INSTALLER_MISSING", "SERVER_DISK_FULL"],
  },
  quiesce: {
    code: "V4",
    way: "free",
    intent: false,
    budgetMs: 30 * SECOND,
    tries: 1,
    fails: ["WINDOW_MISSED", "SERVER_WRONG"],
  },
  install: {
    code: "V5",
    way: "noReturn",
    intent: true,
    budgetMs: HOUR,
    tries: 1,
    fails: [
      "INSTALLER_BUSY",
      "INSTALLER_DENIED",
      "INSTALLER_PACKAGE",
      "INSTALLER_STOPPED",
      "INSTALLER_FAILED",
      "INSTALLER_CUT",
    ],
  },
  services: {
    code: "V6",
    way: "noReturn",
    intent: false,
    budgetMs: 15 * MINUTE,
    tries: Number.POSITIVE_INFINITY,
    fails: ["SERVER_NO_RETURN", "SERVER_VERSION_UNCHANGED"],
  },
  verify: {
    code: "V7",
    way: "noReturn",
    intent: false,
    budgetMs: 10 * MINUTE,
    tries: 3,
    fails: ["SERVER_UNVERIFIED"],
  },
  restore: {
    code: "V7r",
    way: "noReturn",
    intent: true,
    budgetMs: HOUR,
    tries: 1,
    fails: ["SERVER_RESTORE_FAILED", "SERVER_RESTORE_BY_HAND"],
  },
  finish: { code: "V8", way: "noReturn", intent: false, budgetMs: 60 * SECOND, tries: 1, fails: [] },
} as const satisfies Record<string, StepFacts>;

export type ServerStep = keyof typeof SERVER_STEPS;
export const SERVER_STEP_NAMES = Object.keys(SERVER_STEPS) as [ServerStep, ...ServerStep[]];

/** Figures of the installation; all in milliseconds unless the name says otherwise. */
export const INSTALL = {
  /** After this, measured from the start, people are alerted. The server is still "upgrading", never "failed". */
  alertMs: SERVER_STEPS.install.budgetMs,
  /** After this a person is asked what to do. The installer is not touched. */
  askPersonMs: 4 * HOUR,
  /** How long an upgrade usually takes when nobody has measured one yet: for the expected end. */
  usualMs: 20 * MINUTE,
  /** Free space that must be there: so many times the package, and the data that the backup copies. */
  packageTimes: 3,
  /** A window must have room for the usual time and half of it again, because an installer cannot be stopped. */
  windowTimes: 1.5,
  /** How often traces and services are looked at. */
  watchEveryMs: 5 * SECOND,
  /** A helper that wrote nothing for so long and holds no lock is gone. */
  helperSilentMs: 2 * MINUTE,
} as const;

/**
 * What a wish to cancel meets, by the phase of the task: until an agent claimed it, the request is withdrawn at once;
 * never after (`SERVER_CLAIMED`; requirements C-20, R-077).
 */
export const CANCEL_SERVER_TASK = {
  pending: "now",
  ready: "now",
  leased: "claimed",
  running: "claimed",
  reconciling: "claimed",
  succeeded: "over",
  skipped: "over",
  failed: "over",
  rolled_back: "over",
  cancelled: "over",
  expired: "over",
  superseded: "over",
} as const satisfies Record<TaskPhase, CancelAnswer | "claimed">;

/** On the agent: whatever it holds is claimed. */
export const CANCEL_SERVER_JOB = {
  accepted: "claimed",
  staging: "claimed",
  armed: "claimed",
  parked: "claimed",
  executing: "claimed",
  settling: "claimed",
  verifying: "claimed",
  observing: "claimed",
  closing: "over",
  closed: "over",
} as const satisfies Record<JobState, CancelAnswer | "claimed">;

/** How far the detached helper has come, as its own journal says; written before what it names. */
export const HELPER_MOMENTS = ["ready", "installing", "rebooting", "installed", "refused"] as const;
export type HelperMoment = (typeof HELPER_MOMENTS)[number];

/** What the traces of an installation tell, whoever looks and after whatever crash (upgrades.md 5.5, server). */
export type ServerSight =
  /** No trace of a helper of this run: it was never started. */
  | "untouched"
  /** The helper was started and holds its lock, or its host has just rebooted for it. */
  | "running"
  /** The helper is gone, and the installer was never started. */
  | "neverBegan"
  /** The helper is gone with the installer started; whole-or-nothing packages can be begun again. */
  | "cutWhole"
  /** The helper is gone with the installer started, and the host runs the target. */
  | "cutAtTarget"
  /** The helper is gone with the installer started, and the host does not run the target: only people can judge. */
  | "cutUnknown"
  /** The installer ended well. */
  | "installed"
  /** The installer ended and says no; `code` is in its result. */
  | "refused";

/**
 * What a job does about it in `observing`. Installing again is only right where nothing was begun, or where the package
 * is put in place whole or not at all.
 */
export const SERVER_OBSERVATION = {
  untouched: "resend",
  running: "flashing",
  neverBegan: "resend",
  cutWhole: "resend",
  cutAtTarget: "onTrial",
  cutUnknown: "end",
  installed: "onTrial",
  refused: "end",
} as const satisfies Record<ServerSight, JobMove>;

/** What people see of a server's upgrade (console.md, Servers). `unavailable` is no fault: it is being upgraded. */
export const SERVER_SHOWN = {
  accepted: { word: "claimed", unavailable: false },
  staging: { word: "downloading", unavailable: false },
  armed: { word: "claimed", unavailable: false },
  parked: { word: "waiting", unavailable: false },
  executing: { word: "preparing", unavailable: false },
  settling: { word: "installing", unavailable: true },
  observing: { word: "installing", unavailable: true },
  verifying: { word: "restarting", unavailable: true },
  closing: { word: "done", unavailable: false },
  closed: { word: "done", unavailable: false },
} as const satisfies Record<JobState, { word: string; unavailable: boolean }>;

/**
 * Codes of state events that ask for a person's look while an installer goes on: `SERVER_OVERDUE` is an alert,
 * `SERVER_NEEDS_PERSON` a question. Neither ends anything.
 */
export const ATTENTION_CODES = ["SERVER_OVERDUE", "SERVER_NEEDS_PERSON"] as const satisfies FaultCode[];

/** Ends after which restoring the backup is offered; `evidence.backup` of the outcome says where it lies. */
export const RESTORE_OFFERED = [
  "INSTALLER_FAILED",
  "INSTALLER_CUT",
  "SERVER_NO_RETURN",
  "SERVER_VERSION_UNCHANGED",
  "SERVER_UNVERIFIED",
] as const satisfies FaultCode[];
