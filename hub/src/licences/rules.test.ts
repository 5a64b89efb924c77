import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { day, openOffice, type Office } from "../testing/licence-office.ts";
import { balanceOf } from "./book.ts";
import { CATALOGUE, type Product } from "./catalogue.ts";
import { addDays, addYears, civilDateAt, daysBetween, lastUsableDay, startOfDay } from "./civil-date.ts";
import { NEEDS_COVER, requireLicence, uncovered, type Use } from "./coverage.ts";
import { ACCOUNTS } from "./journal.ts";
import { missing } from "./need.ts";
import { LICENCE_STATES, type ProductStatus } from "./status.ts";
import { ticksOf } from "./ticks.ts";
import { stockOf } from "./wallet.ts";
import { yearAt, yearIndexOn } from "./years.ts";

const ACME = "acme";
const CORE = "VMS/CORE/subscription";
const vms = CATALOGUE[0] as Product;

const codeOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Fault)
      return error.details["reason"] ? `${error.code} ${String(error.details["reason"])}` : error.code;
    throw error;
  }
};

const anyDate = fc.integer({ min: 0, max: 6_000 }).map((days) => addDays(day("2024-01-01"), days));
const anyAnchor = fc.oneof(anyDate, fc.constantFrom(day("2024-02-29"), day("2028-02-29"), day("2027-02-28")));

test("dates are UTC's, whatever zone a moment was typed in: half-open, the last usable day shown", () => {
  for (let zone = -12; zone <= 14; zone++) {
    const midnight = startOfDay(day("2028-02-29"));
    const typed = `2028-02-29T00:00:00${zone < 0 ? "-" : "+"}${String(Math.abs(zone)).padStart(2, "0")}:00`;
    const shifted = midnight - zone * 3_600_000;
    expect(Date.parse(typed)).toBe(shifted);
    expect(civilDateAt(shifted)).toBe(zone <= 0 ? "2028-02-29" : "2028-02-28");
  }
  expect(civilDateAt(startOfDay(day("2026-03-02")) - 1)).toBe("2026-03-01");
  expect(lastUsableDay(day("2028-03-01"))).toBe("2028-02-29");
  expect(addYears(day("2028-02-29"), 5)).toBe("2033-02-28");
});

test("I-8 L-20: years are contiguous, 365 or 366 days long, and every day is in exactly the year that says so", () => {
  fc.assert(
    fc.property(anyAnchor, fc.integer({ min: -3, max: 20 }), anyDate, (anchor, index, on) => {
      const [year, next] = [yearAt(anchor, index), yearAt(anchor, index + 1)];
      expect(year.end).toBe(next.start);
      expect([365, 366]).toContain(year.days);
      const of = yearAt(anchor, yearIndexOn(anchor, on));
      expect(of.start <= on && on < of.end).toBe(true);
    }),
  );
});

test("L-32: spare UNIVERSAL seats stand in for CORE, never the other way", () => {
  expect(missing(vms, { CORE: 10 }, { CORE: 4, UNIVERSAL: 6 })).toEqual({});
  expect(missing(vms, { CORE: 10, UNIVERSAL: 3 }, { CORE: 4, UNIVERSAL: 6 })).toEqual({ CORE: 3 });
  expect(missing(vms, { UNIVERSAL: 1 }, { CORE: 50 })).toEqual({ UNIVERSAL: 1 });
});

const filled = (): Office => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 50 });
  office.key(ACME, "2026-03-02", { CORE: 200 });
  office.fill(ACME, "2026-03-10", { 0: { CORE: 50 } });
  return office;
};
const allocations = (office: Office) => [...office.book(ACME).allocations.values()];

test("L-05 L-21: a product starts once, and only when software of it is registered; what waited is unlocked", () => {
  const office = openOffice();
  office.key(ACME, "2026-01-01", { CORE: 5 });
  expect(stockOf(office.book(ACME), day("2026-01-02"))[0]).toMatchObject({ available: 0, locked: 5 });
  office.start(ACME, "2026-03-02");
  expect(stockOf(office.book(ACME), day("2026-03-02"))[0]).toMatchObject({ available: 5, locked: 0 });
  expect(codeOf(() => office.start(ACME, "2026-03-03"))).toBe("SUBSCRIPTION_STARTED");
});

test("L-22: what is filled on the first day is not compensated, nor on any day of the trial", () => {
  for (const on of ["2026-03-02", "2026-03-31"]) {
    const office = openOffice();
    office.start(ACME, "2026-03-02");
    office.count(ACME, "2026-03-02", { CORE: 5 });
    office.key(ACME, "2026-03-02", { CORE: 5 });
    office.fill(ACME, on, { 0: { CORE: 5 } });
    expect(office.journal(ACME).some(({ type }) => type === "year.compensate")).toBe(false);
  }
});

test("L-23: past years are never filled", () => {
  expect(codeOf(() => filled().fill(ACME, "2027-05-01", { 0: { CORE: 50 } }))).toBe("YEAR_PAST");
});

test("L-27: who never pays gets no second 30 days; who was in trial or licensed on the last day gets grace", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 5 });
  expect(office.status(ACME, "2027-03-01").state).toBe("unlicensed");
  expect(office.status(ACME, "2027-03-02").state).toBe("unlicensed");
  office.start(ACME, "2027-02-20", "DM");
  office.count(ACME, "2027-02-20", { CORE: 5 }, "DM");
  expect(office.status(ACME, "2027-03-15", "DM")).toMatchObject({ state: "trial", until: "2027-04-01" });
  expect(office.status(ACME, "2027-03-31", "DM").state).toBe("grace");
  expect(filled().status(ACME, "2027-03-31").state).toBe("grace");
});

test("L-27: after a year that was partly paid, only the seats of that year have grace", () => {
  const office = filled();
  office.fill(ACME, "2026-04-01", { 1: { CORE: 50 } });
  office.count(ACME, "2026-10-01", { CORE: 80 });
  expect(office.status(ACME, "2028-03-01").state).toBe("partial");
  expect(office.status(ACME, "2028-03-02")).toMatchObject({ state: "grace", covered: { CORE: 50 } });
  office.fill(ACME, "2028-05-01", { 2: { CORE: 80 } });
  expect(allocations(office).at(-1)?.seats).toEqual([
    { type: "CORE", qty: 50, kind: "fill", overlapDays: 30 },
    { type: "CORE", qty: 30, kind: "fill", overlapDays: 60 },
  ]);
});

test("L-29: removing devices lowers future needs and refunds nothing of the current year", () => {
  const office = filled();
  office.count(ACME, "2026-06-01", { CORE: 20 });
  expect(office.status(ACME, "2026-06-01").standing).toMatchObject({
    need: { CORE: 50 },
    seats: { CORE: 50 },
  });
  office.fill(ACME, "2026-06-01", { 1: { CORE: 20 } });
});

test("L-31: two days over the limit are forgiven; a flag falls when the devices go", () => {
  const office = filled();
  office.count(ACME, "2026-05-01", { CORE: 101 });
  office.count(ACME, "2026-05-03", { CORE: 100 });
  expect(office.status(ACME, "2026-05-20").growth).toBeNull();
  office.count(ACME, "2026-06-01", { CORE: 101 });
  expect(office.status(ACME, "2026-06-03").growth?.raisedOn).toBe("2026-06-03");
  office.count(ACME, "2026-06-10", { CORE: 90 });
  expect(office.status(ACME, "2026-06-10").growth).toBeNull();
});

test("a current year is undone within 24 hours, to the same lots, once", () => {
  const office = filled();
  const before = balanceOf(office.book(ACME), ACCOUNTS.wallet(ACME), CORE);
  const [first] = allocations(office);
  expect(codeOf(() => office.undo(ACME, "2026-03-10", first!.id, 24))).toBe("RELEASE_REFUSED too_late");
  office.undo(ACME, "2026-03-10", first!.id, 23);
  expect(balanceOf(office.book(ACME), ACCOUNTS.wallet(ACME), CORE)).toBe(before + ticksOf(50));
  expect(office.status(ACME, "2026-03-10").state).toBe("trial");
  expect(codeOf(() => office.undo(ACME, "2026-03-10", first!.id))).toBe("RELEASE_REFUSED released");
  office.fill(ACME, "2026-03-11", { 0: { CORE: 50 } });
  expect(codeOf(() => office.undo(ACME, "2026-03-11", allocations(office).at(-1)!.id))).toBe(
    "RELEASE_REFUSED once",
  );
});

test("a year to come is released from the last one back; a compensation that was spent keeps its year", () => {
  const office = filled();
  office.fill(ACME, "2026-04-01", { 1: { CORE: 50 }, 2: { CORE: 50 } });
  const [, one, two] = allocations(office);
  expect(codeOf(() => office.undo(ACME, "2026-06-01", one!.id))).toBe("YEAR_ORDER");
  office.undo(ACME, "2026-06-01", two!.id);
  office.undo(ACME, "2026-06-01", one!.id);
  expect(balanceOf(office.book(ACME), ACCOUNTS.wallet(ACME), CORE)).toBe(ticksOf(150));
  expect(codeOf(() => office.undo(ACME, "2026-06-01", "nothing"))).toBe("NOT_FOUND");

  const late = openOffice();
  late.start(ACME, "2026-03-02");
  late.count(ACME, "2026-03-02", { CORE: 100 });
  late.key(ACME, "2026-09-01", { CORE: 100 });
  late.fill(ACME, "2026-09-01", { 0: { CORE: 100 } });
  const [paid] = allocations(late);
  late.count(ACME, "2026-09-01", { CORE: 40 });
  late.fill(ACME, "2026-09-01", { 1: { CORE: 41 } });
  expect(codeOf(() => late.undo(ACME, "2026-09-01", paid!.id))).toBe("COMPENSATION_SPENT");
});

test("L-13: a release gives a lot back with its old date, also when that is past", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 1 });
  office.key(ACME, "2026-03-02", { CORE: 6 });
  const ahead = Object.fromEntries([0, 1, 2, 3, 4, 5].map((year) => [year, { CORE: 1 }]));
  office.fill(ACME, "2026-03-02", ahead);
  const last = allocations(office).find(({ year }) => year === 5);
  office.undo(ACME, "2031-03-01", last!.id);
  expect(balanceOf(office.book(ACME), ACCOUNTS.wallet(ACME), CORE)).toBe(ticksOf(1));
  office.at(ACME, "2031-03-02", () => {});
  expect(balanceOf(office.book(ACME), ACCOUNTS.expired, CORE)).toBe(ticksOf(1));
});

test("L-10: a wallet shows whole licences, the fraction, what is locked and what expires within 180 days", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.key(ACME, "2026-03-10", { CORE: 10 });
  office.key(ACME, "2030-01-01", { CORE: 5 });
  const stock = (on: string) => stockOf(office.book(ACME), day(on))[0];
  expect(stock("2030-09-10")).toMatchObject({ available: 15, fraction: 0, expiringSoon: 0 });
  expect(stock("2030-09-11")).toMatchObject({ available: 15, expiringSoon: 10 });
  expect(stock("2031-03-10")).toMatchObject({ available: 5, expiringSoon: 0 });
});

test("L-50 L-53: a transfer of several lines moves all of them or none, and only whole licences", () => {
  const office = filled();
  office.start(ACME, "2026-03-10", "DM");
  office.key(ACME, "2026-03-10", { CORE: 2 }, "subscription", "DM");
  const line = (product: string, qty: number) =>
    ({ product, type: "CORE", kind: "subscription", qty }) as const;
  const before = office.book(ACME);
  const move = (...lines: ReturnType<typeof line>[]) => office.transfer(ACME, "beta", "2026-03-11", lines);
  expect(codeOf(() => move(line("VMS", 10), line("DM", 3)))).toBe("WALLET_INSUFFICIENT");
  expect(codeOf(() => move(line("VMS", 10), line("VMS", 3)))).toBe("MESSAGE_INVALID");
  expect(office.book(ACME)).toBe(before);
  move(line("VMS", 10), line("DM", 2));
  expect(office.journal("beta")).toHaveLength(1);
  expect(codeOf(() => office.transfer(ACME, ACME, "2026-03-11", [line("VMS", 1)]))).toBe("TRANSFER_SAME_ORG");
});

const statusIn = (state: (typeof LICENCE_STATES)[number]): ProductStatus => ({
  state,
  year: null,
  until: null,
  daysLeft: null,
  standing: { seats: {}, need: {}, filled: false, missing: {} },
  inUse: { CORE: 80 },
  covered: { CORE: ["licensed", "trial", "grace"].includes(state) ? 80 : state === "partial" ? 50 : 0 },
  growth: null,
});

test("L-26 K-02: no state of a licence ever stops recording, local use, exports, history or the licence pages", () => {
  for (const state of LICENCE_STATES) {
    for (const use of Object.keys(NEEDS_COVER) as Use[]) {
      const stops = NEEDS_COVER[use] && ["partial", "unlicensed"].includes(state);
      expect([state, use, codeOf(() => requireLicence(use, "VMS", statusIn(state)))]).toEqual([
        state,
        use,
        stops ? "LICENCE_REQUIRED" : null,
      ]);
      expect(codeOf(() => requireLicence(use, "VMS", statusIn(state), true))).toBeNull();
    }
  }
  const never: Use[] = [
    "recording",
    "localView",
    "localPlayback",
    "alarms",
    "securityUpgrade",
    "health",
    "licencePages",
    "wallet",
    "export",
    "history",
    "audit",
  ];
  for (const use of never) expect(NEEDS_COVER[use]).toBe(false);
});

test("W-15: without a choice the youngest devices are not covered; an admin's choice goes before", () => {
  const devices = [4, 1, 3, 2].map((n) => ({ id: `d${n}`, type: "CORE", registeredAt: n }));
  expect([...uncovered(devices, { CORE: 2 })].sort()).toEqual(["d3", "d4"]);
  expect([...uncovered(devices, { CORE: 2 }, new Set(["d1"]))].sort()).toEqual(["d1", "d4"]);
  expect(uncovered(devices, { CORE: 4 }).size).toBe(0);
});

test("I-7: waiting never pays: a seat's cost falls by at most a day a day and never rises, in every year", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 364 }),
      fc.constantFrom(0, 1, 2),
      fc.boolean(),
      (after, year, paid) => {
        const costOn = (days: number): number => {
          const office = openOffice();
          office.start(ACME, "2026-03-02");
          office.count(ACME, "2026-03-02", { CORE: 1 });
          office.key(ACME, "2026-03-02", { CORE: 9 });
          if (paid) for (let k = 0; k < year; k++) office.fill(ACME, "2026-03-02", { [k]: { CORE: 1 } });
          const { start } = yearAt(day("2026-03-02"), year);
          office.fill(ACME, addDays(start, days), { [year]: { CORE: 1 } });
          return balanceOf(office.book(ACME), ACCOUNTS.year(ACME, year), CORE);
        };
        const { days } = yearAt(day("2026-03-02"), year);
        const fall = costOn(after) - costOn(Math.min(after + 1, days - 1));
        expect(fall).toBeGreaterThanOrEqual(0);
        expect(fall).toBeLessThanOrEqual(ticksOf(1) / days);
      },
    ),
    // Where trial and grace end is where a cliff would be: chance alone met it once in a hundred runs.
    {
      numRuns: 80,
      examples: [28, 29, 30, 31].flatMap((after) => [0, 1].map((year) => [after, year, true] as never)),
    },
  );
  expect(daysBetween(day("2026-03-02"), day("2027-03-02"))).toBe(365);
});
