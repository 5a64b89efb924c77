import { between, type Random } from "@fyr/runtime";

/** Seconds ahead of which the hub remembers how many polls it has promised. */
const HORIZON_S = 1_024;
/** Of so many places drawn, the emptiest is taken: near enough to the best, without looking at all. */
const DRAWS = 4;
const SPREAD = 0.1;

/**
 * Chooses when agents come back so that each second has about as many as the next (upgrades.md 5.8): within a tenth
 * around the wished interval, where the fewest are expected.
 */
export function pollPlan(random: Random): (nowMs: number, intervalMs: number) => number {
  const promised = new Uint32Array(HORIZON_S);
  let clearedTo = 0;
  const place = (ms: number): number => Math.floor(ms / 1_000) % HORIZON_S;

  /** Seconds that have passed are free for those that come after them. */
  function clear(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (second - clearedTo >= HORIZON_S || second < clearedTo) promised.fill(0);
    else for (let passed = clearedTo; passed < second; passed++) promised[passed % HORIZON_S] = 0;
    clearedTo = second;
  }

  return (nowMs, intervalMs) => {
    clear(nowMs);
    const [low, high] = [Math.ceil(intervalMs * (1 - SPREAD)), Math.floor(intervalMs * (1 + SPREAD))];
    const draws = Array.from({ length: DRAWS }, () => between(random, low, high));
    const expected = (delay: number): number => promised[place(nowMs + delay)] ?? 0;
    const best = draws.reduce((a, b) => (expected(b) < expected(a) ? b : a));
    promised[place(nowMs + best)] = expected(best) + 1;
    return best;
  };
}
