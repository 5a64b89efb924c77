/** Password throttling as `System.PreventDoSAttack` describes it (vapix.md 2.4 and 3.3). */
export interface Throttle {
  blocked(page: string): boolean;
  failed(page: string): void;
}

const FAILURES = 20;
const WITHIN_MS = 1_000;
const BLOCKED_MS = 10_000;

/** Twenty failures within a second, on one page or on the whole site, close it for ten seconds. */
export function throttle(mono: () => number): Throttle {
  const failures = new Map<string, number[]>();
  const blockedUntil = new Map<string, number>();
  const SITE = "";
  const count = (key: string) => {
    const now = mono();
    const recent = (failures.get(key) ?? []).filter((at) => now - at < WITHIN_MS);
    recent.push(now);
    failures.set(key, recent);
    if (recent.length >= FAILURES) blockedUntil.set(key, now + BLOCKED_MS);
  };
  const isBlocked = (key: string) => (blockedUntil.get(key) ?? Number.NEGATIVE_INFINITY) > mono();
  return {
    blocked: (page) => isBlocked(page) || isBlocked(SITE),
    failed(page) {
      count(page);
      count(SITE);
    },
  };
}
