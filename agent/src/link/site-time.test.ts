import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { createSiteTime } from "./site-time.ts";

const exactly = (at: number) => ({ at, errorMs: 0 });

test("before the first sync nothing is known, and the host's clock stands in", () => {
  const clock = fakeClock(1_000);
  const time = createSiteTime(clock);
  expect(time.uncertaintyMs()).toBe(Number.POSITIVE_INFINITY);
  expect(time.now()).toBe(1_000);
});

test("the hub's time is taken at the middle of the round trip and carried by the monotonic clock", async () => {
  const clock = fakeClock(0);
  const time = createSiteTime(clock);
  await clock.advance(400);
  time.observe(0, 400, exactly(5_000_000));
  expect(time.now()).toBe(5_000_200);
  expect(time.uncertaintyMs()).toBe(200);
  clock.jumpWall(86_400_000);
  await clock.advance(60_000);
  expect(time.now()).toBe(5_060_200);
});

test("uncertainty grows by 50 parts in a million", async () => {
  const clock = fakeClock(0);
  const time = createSiteTime(clock);
  time.observe(0, 0, exactly(1_000));
  await clock.advance(7 * 86_400_000);
  expect(time.uncertaintyMs()).toBeCloseTo(30_240, 0);
});

test("a slow round trip does not spoil a good sample, until the good one has drifted further", async () => {
  const clock = fakeClock(0);
  const time = createSiteTime(clock);
  time.observe(0, 0, exactly(1_000_000));
  await clock.advance(4_000);
  time.observe(0, 4_000, exactly(1_003_500));
  expect(time.now()).toBe(1_004_000);
  await clock.advance(60_000_000);
  time.observe(clock.mono() - 4_000, clock.mono(), exactly(61_003_900));
  expect(time.uncertaintyMs()).toBe(2_000);
});

test("a hub whose clock was set is followed at once", async () => {
  const clock = fakeClock(0);
  const time = createSiteTime(clock);
  time.observe(0, 0, exactly(1_000_000));
  await clock.advance(1_000);
  time.observe(900, 1_000, exactly(9_000_000));
  expect(time.now()).toBe(9_000_050);
});
