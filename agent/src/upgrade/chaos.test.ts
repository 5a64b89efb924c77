import { OUTCOMES } from "@fyr/protocol";
import { between, pick, seededRandom, type Random } from "@fyr/runtime";
import { expect, test } from "vitest";
import {
  GENERATIONS,
  HANDOVERS,
  stage,
  TROUBLES,
  WAITS,
  type Scenario,
  type Stage,
} from "./testing/scenarios.ts";
import { complaints } from "./testing/verdict.ts";

const isLong = process.env.FYR_LONG === "1";
const SEEDS = isLong ? 5_000 : 120;
const ALL: readonly Scenario[] = [...GENERATIONS, ...TROUBLES, ...WAITS, ...HANDOVERS];

/** Wishes and fences of people and hubs, at any time. */
function disturb(random: Random, { site, taskId, clock }: Stage): void {
  const within = () => between(random, 0, 120_000);
  if (random.next() < 0.2) clock.after(within(), () => site.commands.push(site.command(taskId, "cancel")));
  if (random.next() < 0.2) clock.after(within(), () => site.commands.push(site.command(taskId, "undo")));
  if (random.next() < 0.1) clock.after(within(), () => site.fences.push({ taskId, currentEpoch: 9 }));
}

/** Kills close together, so that recoveries are killed too. */
function plague(random: Random, { site }: Stage): void {
  let passed = between(random, 0, 60);
  for (let kills = between(random, 1, 8); kills > 0; kills--) {
    site.killAfter.add((passed += between(random, 1, 6)));
  }
}

async function live(seed: number): Promise<string[]> {
  const random = seededRandom(`chaos ${seed}`);
  const scenario = { ...pick(random, ALL), ends: OUTCOMES };
  const on = stage(scenario);
  plague(random, on);
  disturb(random, on);
  on.site.start();
  try {
    await on.site.runToEnd();
    return complaints(scenario, on).map((complaint) => `seed ${seed}, ${scenario.name}: ${complaint}`);
  } catch (error) {
    return [`seed ${seed}, ${scenario.name}: ${String(error)}`];
  }
}

test(`${SEEDS} upgrades, killed again and again, cancelled, undone and fenced at any time, end truly`, async () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) wrong.push(...(await live(seed)));
  expect(wrong).toEqual([]);
});
