import fc from "fast-check";
import { CAMERA_STEP_NAMES, JOB_STATES, Progress } from "@fyr/protocol";
import { expect, test } from "vitest";
import { outlook, usual } from "./plan.ts";
import { upgradeSettings } from "./settings.ts";

const standings = fc.record({
  state: fc.constantFrom(...JOB_STATES),
  step: fc.constantFrom(null, ...CAMERA_STEP_NAMES),
  sizeBytes: fc.integer({ min: 0, max: 2 ** 31 }),
  sinceMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  bytes: fc.integer({ min: 0, max: 2 ** 31 }),
});

test("whatever is reckoned fits into a message to the hub", () => {
  const usually = usual(upgradeSettings(7.3));
  fc.assert(
    fc.property(standings, (standing) => {
      const { percent, leftMs } = outlook(standing, usually);
      expect(Progress.shape.leftMs.safeParse(leftMs).success).toBe(true);
      expect(Progress.shape.percent.safeParse(percent).success).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
