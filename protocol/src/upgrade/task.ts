/**
 * The life of a task on the hub (upgrades.md 5.2). A phase only moves along these events; everything that waits is a
 * hold, never a phase. The ends have no events: a terminal phase never changes (I7).
 */
export const TASK = {
  pending: {
    release: "ready",
    cancel: "cancelled",
    supersede: "superseded",
    expire: "expired",
    atTarget: "skipped",
  },
  ready: {
    grant: "leased",
    hold: "pending",
    cancel: "cancelled",
    supersede: "superseded",
    expire: "expired",
    atTarget: "skipped",
  },
  leased: {
    start: "running",
    observe: "reconciling",
    lapse: "ready",
    giveBack: "pending",
    succeed: "succeeded",
    skip: "skipped",
    fail: "failed",
    rollBack: "rolled_back",
    cancel: "cancelled",
    expire: "expired",
  },
  running: {
    observe: "reconciling",
    lapse: "reconciling",
    giveBack: "pending",
    succeed: "succeeded",
    skip: "skipped",
    fail: "failed",
    rollBack: "rolled_back",
    cancel: "cancelled",
  },
  reconciling: {
    start: "running",
    giveBack: "pending",
    succeed: "succeeded",
    skip: "skipped",
    fail: "failed",
    rollBack: "rolled_back",
    cancel: "cancelled",
  },
  succeeded: {},
  skipped: {},
  failed: {},
  rolled_back: {},
  cancelled: {},
  expired: {},
  superseded: {},
} as const satisfies Record<string, Record<string, string>>;

export type TaskPhase = keyof typeof TASK;
export type TaskEvent = { [P in TaskPhase]: keyof (typeof TASK)[P] }[TaskPhase];

export const TASK_PHASES = Object.keys(TASK) as [TaskPhase, ...TaskPhase[]];

/** Where `event` leads from `phase`; undefined when the table has no such edge. */
export const nextPhase = (phase: TaskPhase, event: TaskEvent): TaskPhase | undefined =>
  (TASK[phase] as Partial<Record<TaskEvent, TaskPhase>>)[event];

export const isTerminal = (phase: TaskPhase): boolean => Object.keys(TASK[phase]).length === 0;

/** A device has at most one task in one of these (unique partial index). */
export const ACTIVE_PHASES = ["ready", "leased", "running", "reconciling"] as const satisfies TaskPhase[];

/**
 * Reasons that keep a pending task from being granted (upgrades.md 5.2). `wakes` says what ends the wait: a `time`
 * written on the hold, a `person`, a `fact` that the hub learns, or nothing needed (`info`).
 */
export const HOLDS = {
  approval: { wakes: "person" },
  ring_gate: { wakes: "fact" },
  paused: { wakes: "person" },
  window: { wakes: "time" },
  dependency: { wakes: "fact" },
  licence: { wakes: "fact" },
  concurrency: { wakes: "fact" },
  credentials: { wakes: "person" },
  compat: { wakes: "person" },
  backoff: { wakes: "time" },
  penalty: { wakes: "time" },
  agent_offline: { wakes: "info" },
  artifact_unavailable: { wakes: "fact" },
  legal_hold: { wakes: "person" },
} as const satisfies Record<string, { wakes: "time" | "person" | "fact" | "info" }>;

export type HoldReason = keyof typeof HOLDS;
export const HOLD_REASONS = Object.keys(HOLDS) as [HoldReason, ...HoldReason[]];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Figures of upgrades.md 5.2; all in milliseconds unless the name says otherwise. */
export const TASK_TIMES = {
  leaseMs: 15 * MINUTE,
  /** A site may work without the hub: the lease of a job that has windows ahead of it. */
  autonomyMs: 24 * HOUR,
  backStopMs: MINUTE,
  backoffMs: [1, 2, 5, 15, 60].map((minutes) => minutes * MINUTE),
  transientTriesPerWindow: 5,
  transientWindows: 3,
  deviceTries: 3,
  penaltyMs: 24 * HOUR,
  unreachableAfterUpgradeMs: 24 * HOUR,
} as const;
