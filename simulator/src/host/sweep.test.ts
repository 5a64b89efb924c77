import { describe, expect, test } from "vitest";
import { HELPER_KILLS, POWER_CUTS, SCENARIOS, type Scenario } from "./testing/scenarios.ts";
import { HostStage } from "./testing/stage.ts";
import { complaints } from "./testing/verdict.ts";

/** The short run kills everywhere in upgrades that go well, and at every fourth point in the others. */
const isLong = process.env.FYR_LONG === "1";
const strideOf = ({ ends }: Scenario): number => (isLong || ends.includes("succeeded") ? 1 : 4);

async function play(scenario: Scenario, killAt?: string): Promise<HostStage> {
  const stage = new HostStage(scenario.options);
  if (killAt !== undefined) stage.killAt.add(killAt);
  stage.order();
  scenario.ordered?.(stage);
  await stage.runToEnd();
  return stage;
}

describe.each(SCENARIOS)("R-080 R-081: $name", (scenario) => {
  test("ends truly, undisturbed and with the agent killed at each point that it passes", async () => {
    const calm = await play(scenario);
    expect(complaints(scenario, calm)).toEqual([]);
    const wrong: string[] = [];
    for (const [at, point] of [...calm.reached].entries()) {
      if (at % strideOf(scenario) !== 0) continue;
      const on = await play(scenario, point);
      wrong.push(...complaints(scenario, on).map((complaint) => `${point}: ${complaint}`));
      if (on.killAt.has(point)) wrong.push(`${point}: not killed`);
    }
    expect(wrong).toEqual([]);
  });
});

describe.each([...POWER_CUTS, ...HELPER_KILLS])("$name", (scenario) => {
  test("ends truly, also when the agent is killed on its way back", async () => {
    const calm = await play(scenario);
    expect(complaints(scenario, calm)).toEqual([]);
    const wrong: string[] = [];
    const points = [...calm.reached].filter((point) => /observing|settling|install|verif/.test(point));
    for (const point of isLong ? points : points.filter((_, at) => at % 3 === 0)) {
      const on = await play(scenario, point);
      wrong.push(...complaints(scenario, on).map((complaint) => `${point}: ${complaint}`));
    }
    expect(wrong).toEqual([]);
  });
});
