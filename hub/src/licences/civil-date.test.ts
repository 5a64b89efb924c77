import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import {
  addDays,
  addYears,
  civilDateAt,
  CivilDate,
  daysBetween,
  lastUsableDay,
  startOfDay,
} from "./civil-date.ts";
import { yearAt, yearOn } from "./years.ts";

const DAY_MS = 86_400_000;
/** Etc/GMT+12 is twelve hours behind UTC, Etc/GMT-14 fourteen before it. */
const ZONES = Array.from({ length: 27 }, (_, n) => n - 12).map((hours) =>
  hours === 0 ? "Etc/UTC" : `Etc/GMT${hours < 0 ? "+" : "-"}${Math.abs(hours)}`,
);
const zone = fc.constantFrom(...ZONES, "America/New_York", "Pacific/Apia", "Europe/Lisbon");

/** Days of 2024 to 2040, those around the end of February as often as all others. */
const anyDay = fc
  .oneof(
    fc.integer({ min: startOfDay("2024-01-01" as CivilDate), max: startOfDay("2040-12-31" as CivilDate) }),
    fc
      .tuple(fc.integer({ min: 2024, max: 2040 }), fc.integer({ min: -2, max: 2 }))
      .map(([year, days]) => startOfDay(addDays(`${year}-02-28` as CivilDate, days))),
  )
  .map(civilDateAt);

const zoneBefore = process.env.TZ;
afterEach(() => {
  if (zoneBefore === undefined) delete process.env.TZ;
  else process.env.TZ = zoneBefore;
});

test("L-12: a date is the same in every zone from -12 to +14, from its first to its last millisecond", () => {
  fc.assert(
    fc.property(anyDay, zone, fc.integer({ min: 0, max: DAY_MS - 1 }), (date, name, within) => {
      process.env.TZ = name;
      const from = startOfDay(date);
      expect([from % DAY_MS, from]).toEqual([0, Date.parse(`${date}T00:00:00Z`)]);
      expect(civilDateAt(from + within)).toBe(date);
      expect([civilDateAt(from - 1), civilDateAt(from + DAY_MS)]).toEqual([
        addDays(date, -1),
        addDays(date, 1),
      ]);
      expect(CivilDate.parse(date)).toBe(date);
    }),
    { numRuns: 500 },
  );
});

test("R-102 L-12: the last usable day is the day before the end, and the end is the first on which nothing counts", () => {
  fc.assert(
    fc.property(anyDay, zone, fc.integer({ min: 1, max: 5 }), (from, name, years) => {
      process.env.TZ = name;
      const end = addYears(from, years);
      const last = lastUsableDay(end);
      expect([daysBetween(last, end), last < end, addDays(last, 1)]).toEqual([1, true, end]);
      // 29 February is the one day that not every year has.
      expect(end.slice(5)).toBe(
        from.endsWith("02-29") && Number(end.slice(0, 4)) % 4 !== 0 ? "02-28" : from.slice(5),
      );
    }),
    { numRuns: 500 },
  );
});

test("I-8 W-16: years of every anchor follow each other without gap, and every day is in the one that says so", () => {
  fc.assert(
    fc.property(anyDay, anyDay, fc.integer({ min: 0, max: 12 }), (anchor, other, index) => {
      const [year, next] = [yearAt(anchor, index), yearAt(anchor, index + 1)];
      expect([year.end, [365, 366].includes(year.days)]).toEqual([next.start, true]);
      const { start, end } = yearOn(anchor, other);
      expect(start <= other && other < end).toBe(true);
    }),
    { numRuns: 500 },
  );
});
