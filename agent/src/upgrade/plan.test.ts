import { CAMERA_STEP_NAMES, type CameraStep, type JobState } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { outlook, usual, type Standing } from "./plan.ts";
import { upgradeSettings } from "./settings.ts";

const MB = 1024 * 1024;
const standing = (more: Partial<Standing>): Standing => ({
  state: "executing",
  step: null,
  sizeBytes: 100 * MB,
  sinceMs: 0,
  bytes: 0,
  ...more,
});

const COURSE: readonly [JobState, CameraStep | null][] = [
  ["accepted", null],
  ["staging", null],
  ["armed", null],
  ...CAMERA_STEP_NAMES.filter((step) => step !== "rollback").map((step): [JobState, CameraStep] => [
    ["apply", "return"].includes(step) ? "settling" : "executing",
    step,
  ]),
];

test("goes forward from step to step and ends at a hundred", () => {
  const usually = usual(upgradeSettings());
  const percents = COURSE.map(([state, step]) => outlook(standing({ state, step }), usually).percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(percents.at(-1)).toBeGreaterThan(95);
  expect(outlook(standing({ state: "closing" }), usually)).toEqual({ percent: 100, leftMs: 0 });
});

test("says how long is left by the rate that is measured", () => {
  const usually = usual(upgradeSettings());
  const half = standing({ step: "transfer", bytes: 50 * MB, sinceMs: 60_000 });
  const faster = outlook({ ...half, sinceMs: 6_000 }, usually).leftMs!;
  expect(outlook(half, usually).leftMs! - faster).toBe(54_000);
});

test("learns from what upgrades took at this site", () => {
  const usually = usual(upgradeSettings());
  const before = outlook(standing({ state: "settling", step: "apply" }), usually).leftMs!;
  usually.measured("apply", 10_000, 1);
  const after = outlook(standing({ state: "settling", step: "apply" }), usually).leftMs!;
  expect(before - after).toBe(80_000);
});

test("wants the room that nineteen of twenty upgrades needed, once it has seen enough of them", () => {
  const usually = usual(upgradeSettings());
  const reckoned = usually.roomMs(100 * MB);
  for (let minutes = 1; minutes <= 19; minutes++) usually.whole(minutes * 60_000);
  expect(usually.roomMs(100 * MB)).toBe(reckoned);
  usually.whole(20 * 60_000);
  expect(usually.roomMs(100 * MB)).toBe(19 * 60_000);
});

test("never says more than a hundred, nor less than nothing", () => {
  const usually = usual(upgradeSettings());
  fc.assert(
    fc.property(
      fc.constantFrom(...COURSE, ["observing", null] as const, ["parked", null] as const),
      fc.nat(1e9),
      fc.nat(200 * MB),
      ([state, step], sinceMs, bytes) => {
        const { percent, leftMs } = outlook(
          standing({ state, step, sinceMs, bytes: Math.min(bytes, 100 * MB) }),
          usually,
        );
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(100);
        if (leftMs !== null) expect(leftMs).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});
