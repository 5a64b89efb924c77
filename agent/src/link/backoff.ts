import type { Random } from "@fyr/runtime";

const FIRST_MS = 1_000;
/** A hub whose organisation is archived is asked once a day whether it was restored. */
export const ARCHIVED_MS = 24 * 60 * 60_000;
const LONGEST_MS = 5 * 60_000;

/**
 * How long to stay away after `failures` in a row: anything between nothing and 1 s · 2ⁿ, at most five minutes.
 * Full jitter spreads the sites that lost the hub together over the whole time (upgrades.md 5.6).
 */
export const backOffMs = (failures: number, random: Random): number =>
  random.next() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));

/** The hub's wish ± 10 %, so that sites do not fall into step. */
export const aroundMs = (wishMs: number, random: Random): number => wishMs * (0.9 + 0.2 * random.next());
