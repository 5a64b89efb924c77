import {
  CAMERA_STEPS,
  CAMERA_STEP_NAMES,
  OBSERVE_EVERY_MS,
  TASK_TIMES,
  TRANSFER,
  type CameraStep,
} from "@fyr/protocol";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** For `forMs` after the beginning, every `everyMs`. */
export interface Pace {
  readonly forMs: number;
  readonly everyMs: number;
}

/** Limits and times of the jobs of one site. All times in milliseconds. */
export interface UpgradeSettings {
  /** Devices of this site that may be changed at the same time, and of these, that may be sent an image. */
  readonly parallelFlashes: number;
  readonly parallelUploads: number;
  /** Jobs taken on at most, waiting ones included. */
  readonly mostJobs: number;
  readonly stepMs: Readonly<Record<CameraStep, number>>;
  /** Between two tries of a step. */
  readonly retryEveryMs: number;
  /** One look at a device may take this long. */
  readonly lookMs: number;
  readonly stallMs: number;
  /** How often a device is asked after its last chunk, and how often one in doubt. */
  readonly settleEvery: readonly Pace[];
  readonly observeEvery: readonly Pace[];
  /** A password that was refused is tried again no sooner, or the device locks the account. */
  readonly deniedEveryMs: number;
  /** Silence after an upload that ends the job. */
  readonly giveUpMs: number;
  readonly autoRollbackMinutes: number;
  readonly autoRollbackMs: number;
  /** Parked for something other than a window: asked again this often. */
  readonly parkedEveryMs: number;
  /** A store that failed is tried again this often. */
  readonly healEveryMs: number;
  readonly progressEveryMs: number;
  /** How long closed jobs are kept, for replays. */
  readonly keepClosedMs: number;
  /** How long a step usually takes, until this site has measured it. */
  readonly expectedMs: Readonly<Record<CameraStep, number>>;
  readonly expectedBytesPerSecond: number;
  /** What an upgrade without its transfer takes at most, 19 times out of 20, until this site has measured it. */
  readonly roomMs: number;
}

/** However fast the clocks run, devices are not asked more often than this. */
const OFTENEST_MS = 250;

const EXPECTED: Readonly<Record<CameraStep, number>> = {
  identify: 2 * SECOND,
  precheck: SECOND,
  backup: 5 * SECOND,
  arm: 2 * SECOND,
  transfer: 0, // by size and rate
  apply: 90 * SECOND,
  return: 90 * SECOND,
  trial: 15 * SECOND,
  commit: 2 * SECOND,
  rollback: 3 * MINUTE,
  settle: 2 * SECOND,
};

/** Eight minutes until the device is back (S6 alerts then), and two for what lies around. */
const ROOM_MS = 10 * MINUTE;

const mapSteps = (of: (step: CameraStep) => number) =>
  Object.fromEntries(CAMERA_STEP_NAMES.map((step) => [step, of(step)])) as Record<CameraStep, number>;

const [often, sometimes, rarely] = OBSERVE_EVERY_MS;

/**
 * The settings of a real site, or of one whose clocks run `speed` times as fast, as in the demo: budgets and waits
 * shrink alike, so that what is tried there is the same upgrade, only quicker.
 */
export function upgradeSettings(speed = 1): UpgradeSettings {
  const scaled = (ms: number) => Math.max(1, Math.round(ms / speed));
  const paces = (list: readonly Pace[]) =>
    list.map(({ forMs, everyMs }) => ({
      forMs: scaled(forMs),
      everyMs: Math.max(OFTENEST_MS, scaled(everyMs)),
    }));
  return {
    parallelFlashes: 8,
    parallelUploads: 4,
    mostJobs: 100,
    stepMs: mapSteps((step) => scaled(CAMERA_STEPS[step].budgetMs)),
    retryEveryMs: scaled(5 * SECOND),
    lookMs: 30 * SECOND,
    stallMs: TRANSFER.stallMs,
    settleEvery: paces([
      { forMs: 5 * MINUTE, everyMs: SECOND },
      { forMs: Number.POSITIVE_INFINITY, everyMs: often },
    ]),
    observeEvery: paces([
      { forMs: MINUTE, everyMs: SECOND },
      { forMs: 15 * MINUTE, everyMs: often },
      { forMs: 2 * HOUR, everyMs: sometimes },
      { forMs: Number.POSITIVE_INFINITY, everyMs: rarely },
    ]),
    deniedEveryMs: scaled(30 * MINUTE),
    giveUpMs: scaled(TASK_TIMES.unreachableAfterUpgradeMs),
    autoRollbackMinutes: TRANSFER.autoRollbackMinutes,
    autoRollbackMs: scaled(TRANSFER.autoRollbackMinutes * MINUTE),
    parkedEveryMs: scaled(MINUTE),
    healEveryMs: scaled(5 * SECOND),
    progressEveryMs: 500,
    keepClosedMs: 90 * 24 * HOUR,
    expectedMs: mapSteps((step) => scaled(EXPECTED[step])),
    roomMs: scaled(ROOM_MS),
    expectedBytesPerSecond: 5 * 1024 * 1024,
  };
}

/** The time to the next look, `sinceMs` after the first. */
export const paceAt = (paces: readonly Pace[], sinceMs: number): number =>
  paces.find(({ forMs }) => sinceMs < forMs)?.everyMs ?? paces.at(-1)?.everyMs ?? often;
