import { fakeClock } from "@fyr/runtime/testing";
import { expect, test } from "vitest";
import { createThrottle, sourceOf } from "./throttle.ts";

test("a burst is spent, then comes back turn by turn", async () => {
  const clock = fakeClock();
  const throttle = createThrottle(clock, { burst: 3, everyMs: 1_000, keys: 10 });
  expect([1, 2, 3].map(() => throttle.take("a"))).toEqual([0, 0, 0]);
  expect(throttle.take("a")).toBe(1_000);
  expect(throttle.take("b")).toBe(0);
  await clock.advance(999);
  expect(throttle.take("a")).toBe(1);
  await clock.advance(1);
  expect(throttle.take("a")).toBe(0);
  expect(throttle.take("a")).toBe(1_000);
  await clock.advance(10_000);
  expect([1, 2, 3].map(() => throttle.take("a"))).toEqual([0, 0, 0]);
});

test("what is left is told without taking a turn", async () => {
  const clock = fakeClock();
  const throttle = createThrottle(clock, { burst: 3, everyMs: 1_000, keys: 10 });
  expect(throttle.left("a")).toEqual({ turns: 3, fullInMs: 0 });
  throttle.take("a");
  throttle.take("a");
  expect(throttle.left("a")).toEqual({ turns: 1, fullInMs: 2_000 });
  await clock.advance(500);
  expect(throttle.left("a")).toEqual({ turns: 1, fullInMs: 1_500 });
  await clock.advance(5_000);
  expect(throttle.left("a")).toEqual({ turns: 3, fullInMs: 0 });
});

test("memory has a bound: the longest idle key goes first", () => {
  const throttle = createThrottle(fakeClock(), { burst: 1, everyMs: 1_000, keys: 2 });
  for (const key of ["a", "b", "c"]) throttle.take(key);
  expect(throttle.take("c")).toBeGreaterThan(0);
  expect(throttle.take("a")).toBe(0);
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::9", "2001:db8:1:2"],
  ["2001:db8::9", "2001:db8:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  [undefined, ""],
])("%s counts as %s", (address, source) => expect(sourceOf(address)).toBe(source));
