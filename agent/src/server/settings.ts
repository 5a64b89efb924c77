import { INSTALL, SERVER_STEPS, type ServerStep } from "@fyr/protocol";

/** Limits and times of a server's upgrade, in milliseconds unless the name says otherwise. */
export interface ServerSettings {
  readonly stepMs: Readonly<Record<ServerStep, number>>;
  readonly alertMs: number;
  readonly askPersonMs: number;
  readonly usualMs: number;
  readonly windowTimes: number;
  readonly packageTimes: number;
  readonly watchEveryMs: number;
  readonly helperSilentMs: number;
  /** Between two tries of a step, and parked for something other than a window. */
  readonly retryEveryMs: number;
  readonly parkedEveryMs: number;
  readonly healEveryMs: number;
  /** How often health is read, and how often the hub is told of it when nothing else is new. */
  readonly healthEveryMs: number;
  readonly tellEveryMs: number;
  /** So many of a hundred devices that the server recorded before must be there after. */
  readonly devicesPercent: number;
  readonly progressEveryMs: number;
  readonly keepClosedMs: number;
  /** Helpers that are started for one job at most: the first, and again after cuts. */
  readonly mostStarts: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Services and helpers that really run start in their own time, however fast simulated clocks run. */
const SERVICE_STARTS_MS = MINUTE;
const HELPER_STARTS_MS = 10 * SECOND;

/** The settings of a real host, or of one whose clocks run `speed` times as fast. */
export function serverSettings(speed = 1): ServerSettings {
  const scaled = (ms: number) => Math.max(1, Math.round(ms / speed));
  const stepMs = Object.fromEntries(
    Object.entries(SERVER_STEPS).map(([step, { budgetMs }]) => [step, scaled(budgetMs)]),
  ) as Record<ServerStep, number>;
  return {
    stepMs: { ...stepMs, services: Math.max(stepMs.services, SERVICE_STARTS_MS) },
    alertMs: scaled(INSTALL.alertMs),
    askPersonMs: scaled(INSTALL.askPersonMs),
    usualMs: scaled(INSTALL.usualMs),
    windowTimes: INSTALL.windowTimes,
    packageTimes: INSTALL.packageTimes,
    watchEveryMs: Math.max(100, scaled(INSTALL.watchEveryMs)),
    helperSilentMs: Math.max(HELPER_STARTS_MS, scaled(INSTALL.helperSilentMs)),
    retryEveryMs: scaled(5 * SECOND),
    parkedEveryMs: scaled(MINUTE),
    healEveryMs: scaled(5 * SECOND),
    healthEveryMs: scaled(MINUTE),
    tellEveryMs: scaled(5 * MINUTE),
    devicesPercent: 95,
    progressEveryMs: 500,
    keepClosedMs: 90 * DAY,
    mostStarts: 3,
  };
}
