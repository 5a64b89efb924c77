import type { TestModule } from "vitest/node";

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What the runner tells of one file of tests, as far as it is counted. */
export interface Outcome {
  readonly ok: boolean;
  readonly tests: readonly ("passed" | "failed" | "skipped" | "pending")[];
}

export const outcomeOf = (module: TestModule): Outcome => ({
  ok: module.ok(),
  tests: [...module.children.allTests()].map((test) => test.result().state),
});

/**
 * Counts every test. A file that could not be loaded or set up counts as one that failed, as does
 * an error outside of any test; a test that never ended has failed too.
 */
export function count(files: readonly Outcome[], strayErrors: number): Counts {
  const counts = { passed: 0, failed: strayErrors, skipped: 0 };
  for (const { ok, tests } of files) {
    for (const state of tests) counts[state === "pending" ? "failed" : state]++;
    if (!ok && !tests.some((state) => state === "failed" || state === "pending")) counts.failed++;
  }
  return counts;
}

/** So many files are named as the slowest. */
const SLOWEST = 25;

/** Where the time of a run goes, a line each. */
export const slowest = (files: readonly { readonly name: string; readonly ms: number }[]): string[] =>
  [...files]
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(({ name, ms }) => `${(ms / 1_000).toFixed(0).padStart(6)} s  ${name}`);

/** In CI a test that was skipped is one that nobody ran. */
export const isGood = ({ passed, failed, skipped }: Counts, ci: boolean): boolean =>
  passed > 0 && failed === 0 && !(ci && skipped > 0);

/** The line that the machine which builds Fyr reads. */
export const summary = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
