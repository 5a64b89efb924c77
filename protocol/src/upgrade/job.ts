/**
 * The life of a job on the agent (upgrades.md 5.3). One transaction per transition holds the new state and its outbox
 * event; the effect on the device happens strictly between two commits.
 */
export const JOB = {
  accepted: { verified: "staging", lookFirst: "observing", park: "parked", end: "closing" },
  staging: { staged: "armed", park: "parked", end: "closing" },
  armed: { start: "executing", park: "parked", end: "closing" },
  executing: { sent: "settling", look: "observing", park: "parked", end: "closing" },
  settling: { answered: "verifying", look: "observing", end: "closing" },
  verifying: { look: "observing", end: "closing" },
  observing: {
    resend: "executing",
    flashing: "settling",
    onTrial: "verifying",
    park: "parked",
    end: "closing",
  },
  parked: { wake: "armed", restage: "staging", recheck: "accepted", end: "closing" },
  closing: { acknowledged: "closed" },
  closed: {},
} as const satisfies Record<string, Record<string, string>>;

export type JobState = keyof typeof JOB;
export type JobMove = { [S in JobState]: keyof (typeof JOB)[S] }[JobState];

export const JOB_STATES = Object.keys(JOB) as [JobState, ...JobState[]];

/** Where `move` leads from `state`; undefined when the table has no such edge. */
export const nextState = (state: JobState, move: JobMove): JobState | undefined =>
  (JOB[state] as Partial<Record<JobMove, JobState>>)[move];

/**
 * Where a job goes on when the agent starts again (upgrades.md 5.3). What touched nothing outside the site is simply
 * entered again; what may have touched the device looks at it first.
 */
export const RESUME = {
  accepted: "accepted",
  staging: "staging",
  armed: "armed",
  parked: "parked",
  /** With an open intent; without one it is entered again at its step. */
  executing: "observing",
  settling: "observing",
  verifying: "observing",
  observing: "observing",
  closing: "closing",
  closed: "closed",
} as const satisfies Record<JobState, JobState>;

/** Why a job is parked, and what wakes it. */
export const PARK_REASONS = {
  window: { wakes: "time", to: "wake" },
  disk_full: { wakes: "free space", to: "restage" },
  image_unavailable: { wakes: "time", to: "restage" },
  metadata_unavailable: { wakes: "time", to: "recheck" },
  clock_uncertain: { wakes: "time", to: "recheck" },
  retry: { wakes: "time", to: "wake" },
} as const satisfies Record<string, { wakes: "time" | "free space"; to: JobMove }>;

export type ParkReason = keyof typeof PARK_REASONS;
export const PARK_REASON_NAMES = Object.keys(PARK_REASONS) as [ParkReason, ...ParkReason[]];

/** States in which at most one job per device may be, over all agents (I1). */
export const PAST_ARMED = ["executing", "settling", "verifying", "observing"] as const satisfies JobState[];

/** How a job can end; `given_back` returns the task to the hub's queue with a code that says why. */
export const OUTCOMES = ["succeeded", "skipped", "failed", "rolled_back", "cancelled", "given_back"] as const;
export type Outcome = (typeof OUTCOMES)[number];
