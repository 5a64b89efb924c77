import { describe, expect, test } from "vitest";
import { GENERATIONS, play, TROUBLES, type Scenario } from "./testing/scenarios.ts";
import { complaints } from "./testing/verdict.ts";

const ALL: readonly Scenario[] = [...GENERATIONS, ...TROUBLES];

describe.each(ALL)("$name", (scenario) => {
  test("ends truly, undisturbed", async () => {
    const on = await play(scenario);
    expect(complaints(scenario, on)).toEqual([]);
    expect(on.device.uploads.filter(({ whole }) => whole)).toHaveLength(scenario.wholeUploads);
  });

  test("ends truly, killed at each point once", async () => {
    const { site } = await play(scenario);
    const wrong: string[] = [];
    for (const point of site.reached) {
      const on = await play(scenario, (again) => (again.killAt = point)).catch((error: unknown) =>
        String(error),
      );
      if (typeof on === "string") wrong.push(`${point}: ${on}`);
      else {
        wrong.push(...complaints(scenario, on).map((complaint) => `${point}: ${complaint}`));
        if (on.site.kills !== 1) wrong.push(`${point}: killed ${on.site.kills} times`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
