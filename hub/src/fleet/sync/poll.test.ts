import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { pollPlan } from "./poll.ts";

const START = Date.UTC(2026, 0, 1);
const INTERVAL = 30_000;

/** How many agents come back in each second of the time around one interval. */
function arrivals(plan: (now: number, interval: number) => number, agents: number): number[] {
  const seconds = new Map<number, number>();
  for (let n = 0; n < agents; n++) {
    const second = Math.floor(plan(START, INTERVAL) / 1_000);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return [...seconds.values()];
}

test("polls stay within a tenth of the wished interval", () => {
  const plan = pollPlan(seededRandom("polls"));
  for (let n = 0; n < 2_000; n++) {
    const delay = plan(START + n * 37, INTERVAL);
    expect(delay).toBeGreaterThanOrEqual(27_000);
    expect(delay).toBeLessThanOrEqual(33_000);
  }
  expect(plan(START, 1)).toBe(1);
});

test("agents that come together are spread evenly, better than chance would", () => {
  const planned = arrivals(pollPlan(seededRandom("spread")), 6_000);
  expect(Math.max(...planned)).toBeLessThan(1_050);
  const random = seededRandom("chance");
  const drawn = arrivals((_now, interval) => Math.floor(interval * (0.9 + 0.2 * random.next())), 6_000);
  expect(Math.max(...drawn)).toBeGreaterThan(Math.max(...planned));
});

test("seconds that have passed are free again", () => {
  const plan = pollPlan(seededRandom("wrap"));
  for (let lap = 0; lap < 40; lap++) {
    const now = START + lap * 100_000;
    for (let n = 0; n < 600; n++) plan(now, INTERVAL);
  }
  const last = Array.from({ length: 600 }, () => Math.floor(plan(START + 40 * 100_000, INTERVAL) / 1_000));
  const most = Math.max(...[...Map.groupBy(last, (second) => second).values()].map((group) => group.length));
  expect(most).toBeLessThan(130);
});
