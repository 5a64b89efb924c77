import fc from "fast-check";
import { expect, test } from "vitest";
import { uuid7Ids } from "./ids.ts";
import { seededRandom, systemRandom } from "./random.ts";

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

test("an id says when it was made and that it is of version 7", () => {
  const wall = Date.UTC(2026, 10, 23);
  const id = uuid7Ids({ wall: () => wall + 0.75 }, seededRandom("ids")).next();
  expect(id).toMatch(UUID7);
  expect(timeOf(id)).toBe(wall);
});

test("ids rise, whatever the wall clock does", () => {
  const walls = fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(walls, fc.string(), (times, seed) => {
      let at = 0;
      const ids = uuid7Ids({ wall: () => times[at++ % times.length]! }, seededRandom(seed));
      const made = Array.from({ length: 100 }, () => ids.next());
      for (const id of made) expect(id).toMatch(UUID7);
      expect(made).toEqual([...new Set(made)].sort());
    }),
  );
});

test("more ids than fit one millisecond go on in the next, still rising", () => {
  const ids = uuid7Ids({ wall: () => 1_000 }, systemRandom);
  const made = Array.from({ length: 10_000 }, () => ids.next());
  expect(made).toEqual([...new Set(made)].sort());
  expect(timeOf(made.at(-1)!)).toBeLessThanOrEqual(1_002);
});

test("two processes at one moment make different ids", () => {
  const make = () => uuid7Ids({ wall: () => 1_000 }, systemRandom).next();
  expect(make()).not.toBe(make());
});
