import type { LocalWindow } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openings } from "./local-window.ts";

const DAY = 86_400_000;
const ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const night: LocalWindow = { zone: "Europe/Paris", days: [...ALL], from: "22:00", to: "04:00" };
const at = (text: string) => Date.parse(text);
const show = (windows: ReturnType<typeof openings>) =>
  windows.map(({ opensAt, closesAt }) => [new Date(opensAt).toISOString(), new Date(closesAt).toISOString()]);

test("a window that runs into the next day is open from the evening before", () => {
  expect(show(openings(night, at("2026-01-15T01:00:00Z"), at("2026-01-16T00:00:00Z")))).toEqual([
    ["2026-01-14T21:00:00.000Z", "2026-01-15T03:00:00.000Z"],
    ["2026-01-15T21:00:00.000Z", "2026-01-16T03:00:00.000Z"],
  ]);
});

test("K-07: a start that is skipped moves to the first minute that exists; a doubled hour is open once", () => {
  const small = { ...night, days: ["sun"] as LocalWindow["days"], from: "02:30", to: "05:00" };
  expect(show(openings(small, at("2026-03-28T12:00:00Z"), at("2026-03-30T00:00:00Z")))).toEqual([
    ["2026-03-29T01:00:00.000Z", "2026-03-29T03:00:00.000Z"],
  ]);
  expect(show(openings(small, at("2026-10-24T12:00:00Z"), at("2026-10-26T00:00:00Z")))).toEqual([
    ["2026-10-25T00:30:00.000Z", "2026-10-25T04:00:00.000Z"],
  ]);
});

test("a time zone that there is not is refused", () => {
  expect(() => openings({ ...night, zone: "Mars/Olympus" }, 0, DAY)).toThrow("MESSAGE_INVALID");
});

test("K-07: in every zone, windows keep their order, do not overlap, and open on the days that were named", () => {
  const zones = [
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
  ];
  const time = fc
    .integer({ min: 0, max: 24 * 60 - 1 })
    .map((m) => `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`);
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.subarray([...ALL], { minLength: 1 }),
      time,
      time,
      fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2037-01-01T00:00:00Z") }),
      (zone, days, from, to, start) => {
        const found = openings({ zone, days, from, to }, start, start + 30 * DAY);
        let last = -Infinity;
        for (const { opensAt, closesAt } of found) {
          expect(opensAt).toBeGreaterThanOrEqual(last);
          expect(closesAt).toBeGreaterThan(opensAt);
          expect(closesAt - opensAt).toBeLessThanOrEqual(DAY + 3_600_000);
          const name = new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short" }).format(opensAt);
          expect(days).toContain(name.toLowerCase());
          last = closesAt - 3_600_000 - 1;
        }
      },
    ),
    { numRuns: 150 },
  );
});
