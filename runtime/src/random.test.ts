import fc from "fast-check";
import { expect, test } from "vitest";
import { between, pick, type Random, seededRandom, systemRandom } from "./random.ts";

const words = (random: Random, count: number) =>
  Array.from({ length: count }, () => Math.round(random.next() * 2 ** 32));

/** Reckoned by another implementation of sfc32. */
test("a seed draws the same numbers for ever", () => {
  expect(words(seededRandom("fyr"), 4)).toEqual([546_018_899, 3_708_881_595, 1_261_915_774, 3_256_838_858]);
  expect(Buffer.from(seededRandom("fyr").bytes(8)).toString("hex")).toBe("53bb7eca69936c16");
  expect(words(seededRandom("fyr").split("device"), 2)).toEqual([1_928_631_745, 3_749_479_487]);
});

test.each(["seeded", "system"])("%s numbers fill [0, 1) evenly", (kind) => {
  const random = kind === "seeded" ? seededRandom("evenly") : systemRandom;
  const draws = 20_000;
  const buckets = new Array<number>(10).fill(0);
  for (let draw = 0; draw < draws; draw++) {
    const number = random.next();
    expect(number >= 0 && number < 1).toBe(true);
    buckets[Math.floor(number * 10)]!++;
  }
  const chiSquared = buckets.reduce((sum, count) => sum + (count - draws / 10) ** 2 / (draws / 10), 0);
  expect(chiSquared).toBeLessThan(45); // 9 degrees of freedom: passed by chance in all but one of a million runs
});

test("bytes take every value", () => {
  expect(new Set(seededRandom("bytes").bytes(10_000)).size).toBe(256);
  expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
});

test("a draw in one stream does not shift another", () => {
  const quiet = seededRandom("world");
  const busy = seededRandom("world");
  words(busy, 100);
  busy.split("link").next();
  expect(words(busy.split("device"), 5)).toEqual(words(quiet.split("device"), 5));
});

test("streams of one seed differ from each other and from their root", () => {
  const root = seededRandom("world");
  const firsts = [root, root.split("a"), root.split("b"), root.split("a").split("b"), seededRandom("other")];
  expect(new Set(firsts.map((random) => random.next())).size).toBe(firsts.length);
});

test("between reaches both ends and nothing beyond", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: -1_000, max: 1_000 }), fc.nat(5), (seed, low, span) => {
      const random = seededRandom(seed);
      const drawn = new Set(Array.from({ length: 200 }, () => between(random, low, low + span)));
      expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: span + 1 }, (_, at) => low + at));
    }),
    { numRuns: 50 },
  );
});

test("pick chooses each of its choices, and needs one", () => {
  const random = seededRandom("pick");
  expect(new Set(Array.from({ length: 100 }, () => pick(random, ["a", "b", "c"]))).size).toBe(3);
  expect(() => pick(random, [])).toThrow("at least one");
});
