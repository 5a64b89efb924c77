import { expect, test } from "vitest";
import { count, isGood, type Outcome, slowest, summary } from "./summary.ts";

const file = (ok: boolean, ...tests: Outcome["tests"]): Outcome => ({ ok, tests });

test("tests are counted by how they ended", () => {
  const files = [file(true, "passed", "passed", "skipped"), file(false, "failed", "passed")];
  expect(count(files, 0)).toEqual({ passed: 3, failed: 1, skipped: 1 });
});

test.each<[string, Outcome, strayErrors: number]>([
  ["a file that could not be loaded", file(false), 0],
  ["a file whose set-up failed", file(false, "skipped"), 0],
  ["a test that never ended", file(false, "pending"), 0],
  ["an error outside of any test", file(true), 1],
])("%s is one failure", (_, outcome, strayErrors) => {
  expect(count([outcome, file(true, "passed")], strayErrors)).toMatchObject({ passed: 1, failed: 1 });
});

test("a run is good when something passed and nothing failed", () => {
  expect(isGood({ passed: 1, failed: 0, skipped: 0 }, true)).toBe(true);
  expect(isGood({ passed: 5, failed: 1, skipped: 0 }, false)).toBe(false);
  expect(isGood({ passed: 0, failed: 0, skipped: 0 }, false)).toBe(false);
});

test("a skipped test fails the run in CI alone", () => {
  const counts = { passed: 5, failed: 0, skipped: 1 };
  expect([isGood(counts, false), isGood(counts, true)]).toEqual([true, false]);
});

test("the last line counts, and names what was skipped when there is any", () => {
  expect(summary({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(summary({ passed: 12, failed: 3, skipped: 4 })).toBe("12 passed, 3 failed, 4 skipped");
});

test("the slowest files are named, the slowest first", () => {
  const files = [1, 30, 2].map((n) => ({ name: `${n}.test.ts`, ms: n * 1_000 }));
  expect(slowest(files)).toEqual(["    30 s  30.test.ts", "     2 s  2.test.ts", "     1 s  1.test.ts"]);
  expect(slowest(Array(90).fill(files[0]))).toHaveLength(25);
});
