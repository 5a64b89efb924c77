import { CAMERA_STEP_NAMES, type CameraStep, type JobState } from "@fyr/protocol";
import type { UpgradeSettings } from "./settings.ts";

/** Where a job stands, in figures. */
export interface Standing {
  readonly state: JobState;
  readonly step: CameraStep | null;
  readonly sizeBytes: number;
  /** In the step, or in the state outside of steps. */
  readonly sinceMs: number;
  /** Bytes of the image that reached the site, or went to the device. */
  readonly bytes: number;
}

export interface Outlook {
  readonly percent: number;
  readonly leftMs: number | null;
}

/** What an upgrade consists of, in the order in which it usually happens. */
const COURSE = ["staging", ...CAMERA_STEP_NAMES.filter((step) => step !== "rollback")] as const;
type Part = (typeof COURSE)[number];

/** How long each part takes here: measured at this site, or as usual elsewhere. */
export interface Usual {
  ms(part: Part, sizeBytes: number): number;
  /** The time that an upgrade needs in its window, 19 times out of 20. */
  roomMs(sizeBytes: number): number;
  /** Takes one whole upgrade, from its start to its end, into account. */
  whole(tookMs: number): void;
  /** Takes one measured duration into account. */
  measured(part: Part, tookMs: number, sizeBytes: number): void;
}

/** The newest measurement counts this much: a site's devices differ, its network changes. */
const NEWEST_WEIGHT = 0.3;

export function usual({ expectedMs, expectedBytesPerSecond, roomMs }: UpgradeSettings): Usual {
  const wholes: number[] = [];
  const byBytes = (part: Part) => part === "staging" || part === "transfer";
  const typical = new Map<Part, number>();
  const unit = (part: Part, sizeBytes: number) => (byBytes(part) ? sizeBytes : 1);
  const first = (part: Part) =>
    part === "staging" || part === "transfer" ? 1000 / expectedBytesPerSecond : expectedMs[part];
  return {
    ms: (part, sizeBytes) => (typical.get(part) ?? first(part)) * unit(part, sizeBytes),
    roomMs(sizeBytes) {
      if (wholes.length >= ENOUGH) return percentile95(wholes);
      return roomMs + (1000 * sizeBytes) / (expectedBytesPerSecond * SLOW_SHARE);
    },
    whole(tookMs) {
      wholes.push(tookMs);
      if (wholes.length > MOST) wholes.shift();
    },
    measured(part, tookMs, sizeBytes) {
      const each = tookMs / Math.max(1, unit(part, sizeBytes));
      const known = typical.get(part);
      typical.set(part, known === undefined ? each : known + NEWEST_WEIGHT * (each - known));
    },
  };
}

/** Upgrades after which a site's own figures count, and how many of them are remembered. */
const ENOUGH = 20;
const MOST = 100;
/** Until then a line this much slower than expected is reckoned with. */
const SLOW_SHARE = 0.25;

const percentile95 = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

const partOf = ({ state, step }: Standing): Part | null => {
  if (state === "staging") return "staging";
  if (state === "accepted" || state === "armed" || state === "parked") return null;
  return step === null || step === "rollback" ? "apply" : step;
};

/** A part that runs longer than usual is nearly done, never done. */
const NEARLY = 0.95;

const WEEK_MS = 7 * 24 * 3_600_000;

/** Whole milliseconds; null beyond a week, which is no reckoning but a line that hardly moves. */
const tellable = (ms: number): number | null => (ms > WEEK_MS ? null : Math.max(0, Math.round(ms)));

/** Percent of the whole upgrade and the time that is left, by the usual length of what lies behind and ahead. */
export function outlook(standing: Standing, usually: Usual): Outlook {
  const { state, sizeBytes, sinceMs, bytes } = standing;
  if (state === "closing" || state === "closed") return { percent: 100, leftMs: 0 };
  const lengths = COURSE.map((part) => usually.ms(part, sizeBytes));
  const wholeMs = lengths.reduce((sum, ms) => sum + ms, 0);
  const part = partOf(standing);
  if (part === null) {
    const percent = state === "armed" ? (100 * (lengths[0] ?? 0)) / wholeMs : 0;
    return { percent, leftMs: state === "parked" ? null : tellable(wholeMs) };
  }
  const at = COURSE.indexOf(part);
  const before = lengths.slice(0, at).reduce((sum, ms) => sum + ms, 0);
  const length = lengths[at] ?? 0;
  const byBytes = part === "staging" || part === "transfer";
  const share = Math.min(NEARLY, byBytes ? bytes / Math.max(1, sizeBytes) : sinceMs / Math.max(1, length));
  const partLeft = byBytes && bytes > 0 ? ((sizeBytes - bytes) * sinceMs) / bytes : length * (1 - share);
  const after = wholeMs - before - length;
  return {
    percent: (100 * (before + share * length)) / wholeMs,
    leftMs: state === "observing" ? null : tellable(partLeft + after),
  };
}
