import type { Random } from "@fyr/runtime";
import type { PhaseName } from "./state.ts";

type Seconds = readonly [shortest: number, longest: number];

/** How long each phase of a restart takes, in seconds of a device that is not sped up (vapix.md 1.9). */
export type Timing = Readonly<Record<"flashing" | "leaving" | "dark" | "booting", Seconds>>;

export const LIFE_LIKE: Timing = {
  flashing: [40, 120],
  leaving: [3, 8],
  dark: [35, 90],
  booting: [10, 60],
};

/** Milliseconds of one phase, drawn once; `ready` and `off` have no end of their own. */
export function drawMs(timing: Timing, phase: PhaseName, random: Random, speed: number): number | undefined {
  if (phase === "ready" || phase === "off") return undefined;
  const [shortest, longest] = timing[phase];
  return ((shortest + random.next() * (longest - shortest)) * 1000) / speed;
}
