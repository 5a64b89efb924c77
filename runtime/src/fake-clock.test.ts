import fc from "fast-check";
import { expect, test } from "vitest";
import { sleep } from "./clock.ts";
import { fakeClock } from "./fake-clock.ts";

test("timers run when they are due, those of one moment in the order they were set", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 20 }), async (delays) => {
      const clock = fakeClock();
      const ran: { due: number; order: number }[] = [];
      delays.forEach((delay, order) => {
        const due = Math.max(0, delay);
        clock.after(delay, () => {
          expect(clock.mono()).toBe(due);
          ran.push({ due, order });
        });
      });
      await clock.advance(50);
      expect(ran).toHaveLength(delays.length);
      expect(ran).toEqual([...ran].sort((a, b) => a.due - b.due || a.order - b.order));
    }),
    { numRuns: 50 },
  );
});

test("what a timer sets within the time that passes runs too, after promises settled", async () => {
  const clock = fakeClock();
  const at: number[] = [];
  const walk = async () => {
    for (let step = 0; step < 3; step++) {
      await sleep(clock, 10);
      await Promise.resolve();
      at.push(clock.mono());
    }
  };
  const walked = walk();
  await clock.advance(29);
  expect(at).toEqual([10, 20]);
  await clock.advance(1);
  await walked;
  expect(at).toEqual([10, 20, 30]);
});

test("time stands where it was told to, with nothing to run", async () => {
  const clock = fakeClock(1_000);
  await clock.advance(25);
  expect([clock.mono(), clock.wall()]).toEqual([25, 1_025]);
});

test("the wall clock jumps alone, also back, and moves no timer", async () => {
  const clock = fakeClock();
  const before = clock.wall();
  let ran = false;
  clock.after(100, () => (ran = true));
  clock.jumpWall(-3_600_000);
  expect(clock.wall()).toBe(before - 3_600_000);
  await clock.advance(99);
  expect(ran).toBe(false);
  await clock.advance(1);
  expect(ran).toBe(true);
  expect(clock.wall()).toBe(before - 3_600_000 + 100);
});

test("a timer that was taken back does not run, and the next one due is known", async () => {
  const clock = fakeClock();
  let ran = 0;
  const cancel = clock.after(10, () => ran++);
  clock.after(20, () => ran++);
  expect(clock.nextDue()).toBe(10);
  cancel();
  expect(clock.nextDue()).toBe(20);
  await clock.advance(100);
  expect(ran).toBe(1);
  expect(clock.nextDue()).toBeUndefined();
});
