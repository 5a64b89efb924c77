import { getEventListeners } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { deadline, sleep, systemClock } from "./clock.ts";
import { fakeClock } from "./fake-clock.ts";

afterEach(() => vi.useRealTimers());

const DAY_MS = 86_400_000;

test("a wait longer than Node's timers hold is kept to the millisecond", () => {
  vi.useFakeTimers();
  const act = vi.fn();
  systemClock.after(90 * DAY_MS, act);
  vi.advanceTimersByTime(90 * DAY_MS - 1);
  expect(act).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledOnce();
});

test("a long wait can be taken back in any of its laps", () => {
  vi.useFakeTimers();
  const act = vi.fn();
  const cancel = systemClock.after(90 * DAY_MS, act);
  vi.advanceTimersByTime(60 * DAY_MS);
  cancel();
  cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(act).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test("a wait of less than nothing ends at once", () => {
  vi.useFakeTimers();
  const act = vi.fn();
  systemClock.after(-5, act);
  expect(act).not.toHaveBeenCalled();
  vi.advanceTimersByTime(0);
  expect(act).toHaveBeenCalledOnce();
});

test("the monotonic clock does not follow the wall clock", () => {
  const wall = vi.spyOn(Date, "now").mockReturnValue(1_000);
  const before = systemClock.mono();
  wall.mockReturnValue(-1_000);
  expect(systemClock.wall()).toBe(-1_000);
  expect(systemClock.mono()).toBeGreaterThanOrEqual(before);
  wall.mockRestore();
});

test("sleep ends early when its signal aborts, and leaves nothing behind", async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  const slept = sleep(clock, 1_000, stop.signal);
  stop.abort();
  await slept;
  expect(clock.nextDue()).toBeUndefined();
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
});

test("sleep that ends by itself lets go of its signal", async () => {
  const clock = fakeClock();
  const { signal } = new AbortController();
  const slept = sleep(clock, 1_000, signal);
  await clock.advance(1_000);
  await slept;
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("sleep does not begin under a signal that has aborted", async () => {
  const clock = fakeClock();
  await sleep(clock, 1_000, AbortSignal.abort());
  expect(clock.nextDue()).toBeUndefined();
});

const late = () => new Error("late");

test("a deadline aborts with its reason", async () => {
  const clock = fakeClock();
  const { signal } = deadline(clock, 500, late);
  await clock.advance(499);
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(signal.reason).toEqual(late());
});

test("a deadline follows its parent, before and after it was set", () => {
  const parent = new AbortController();
  const child = deadline(fakeClock(), 500, late, parent.signal);
  parent.abort("stopping");
  expect(child.signal.reason).toBe("stopping");
  expect(deadline(fakeClock(), 500, late, parent.signal).signal.reason).toBe("stopping");
});

test("a released deadline never aborts and leaves nothing behind", async () => {
  const clock = fakeClock();
  const parent = new AbortController();
  const { signal, release } = deadline(clock, 500, late, parent.signal);
  release();
  expect(clock.nextDue()).toBeUndefined();
  expect(getEventListeners(parent.signal, "abort")).toEqual([]);
  parent.abort();
  expect(signal.aborted).toBe(false);
});
