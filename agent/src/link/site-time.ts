import type { Clock } from "@fyr/runtime";
import type { HubTime, SiteTime } from "../ports.ts";

/** How fast a host's crystal may drift (upgrades.md 5.6, clock skew). */
const DRIFT = 50e-6;

interface Sample {
  /** Hub time minus monotonic time, at the middle of the round trip. */
  readonly offset: number;
  readonly errorMs: number;
  readonly at: number;
}

export interface LinkTime extends SiteTime {
  /** Takes what a sync told: when it was sent and answered (monotonic), and the hub's time in between. */
  observe(sentAt: number, answeredAt: number, hubTime: HubTime | null): void;
}

/**
 * The hub's time, carried forward by the monotonic clock. A slow round trip tells little: it replaces a better
 * sample only once that one has drifted further, or when the two contradict each other, that is, when the hub's
 * clock was set.
 */
export function createSiteTime(clock: Clock): LinkTime {
  let best: Sample | undefined;
  const errorNow = ({ errorMs, at }: Sample) => errorMs + (clock.mono() - at) * DRIFT;
  return {
    now: () => (best ? Math.round(clock.mono() + best.offset) : clock.wall()),
    uncertaintyMs: () => (best ? errorNow(best) : Number.POSITIVE_INFINITY),
    observe(sentAt, answeredAt, hubTime) {
      if (!hubTime) return;
      const middle = (answeredAt - sentAt) / 2;
      const offset = hubTime.at - (sentAt + middle);
      const errorMs = middle + hubTime.errorMs;
      const contradicts = best && Math.abs(offset - best.offset) > errorMs + errorNow(best);
      if (!best || contradicts || errorMs <= errorNow(best)) best = { offset, errorMs, at: answeredAt };
    },
  };
}
