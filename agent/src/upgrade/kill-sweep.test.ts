import { describe, expect, test } from "vitest";
import { KILL_POINTS } from "./kill-points.ts";
import { GENERATIONS, HANDOVERS, play, REFUSALS, TROUBLES, WAITS } from "./testing/scenarios.ts";
import { complaints } from "./testing/verdict.ts";

/** The short run kills everywhere in the upgrades that matter most, and at every fourth point in the others. */
const isLong = process.env.FYR_LONG === "1";
const ALL = [
  ...[...GENERATIONS, ...TROUBLES].map((scenario) => ({ ...scenario, stride: 1 })),
  ...[...REFUSALS, ...WAITS].map((scenario) => ({ ...scenario, stride: isLong ? 1 : 4 })),
  ...HANDOVERS.map((scenario) => ({ ...scenario, stride: 1 })),
].map((scenario, offset) => ({ ...scenario, offset }));

const reached = new Set<string>();

describe.each(ALL)("$name", (scenario) => {
  test("ends truly, undisturbed and killed at the points it passes", async () => {
    const calm = await play(scenario);
    expect(complaints(scenario, calm)).toEqual([]);
    expect(calm.device.uploads.filter(({ whole }) => whole)).toHaveLength(scenario.wholeUploads);

    const wrong: string[] = [];
    const points = [...calm.site.reached].filter((point) => point !== scenario.killAt);
    points.forEach((point) => reached.add(point));
    for (const [at, point] of points.entries()) {
      if ((at + scenario.offset) % scenario.stride !== 0) continue;
      try {
        const on = await play(scenario, point);
        on.site.reached.forEach((name) => reached.add(name));
        wrong.push(...complaints(scenario, on).map((complaint) => `${point}: ${complaint}`));
        if (on.site.killAt.has(point)) wrong.push(`${point}: not killed`);
      } catch (error) {
        wrong.push(`${point}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test("every kill point of the tables was reached, and no other", () => {
  expect([...reached].sort()).toEqual([...KILL_POINTS].sort());
});
