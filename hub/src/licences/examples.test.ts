import { Fault, type FaultCode } from "@fyr/protocol";
import { expect, test } from "vitest";
import { day, openOffice, type Office } from "../testing/licence-office.ts";
import { balanceOf } from "./book.ts";
import { CATALOGUE } from "./catalogue.ts";
import { lastUsableDay } from "./civil-date.ts";
import { activateHardware, allocateExtension, capacityOf } from "./hardware.ts";
import { ACCOUNTS } from "./journal.ts";
import { growthAdvice } from "./need.ts";
import { licencesText, restTicks, ticksOf, TICKS_PER_LICENCE, ticksPerDay, wholeLicences } from "./ticks.ts";
import { applyUpgrade } from "./upgrade.ts";
import { yearAt } from "./years.ts";

/** The worked examples of licensing.md 2.5, to the tick. */
const CORE = "VMS/CORE/subscription";
const [ACME, BETA] = ["acme", "beta"];

const refusal = (work: () => unknown): { code: FaultCode; details: Fault["details"] } | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, details: error.details };
  }
};

const wallet = (office: Office, commodity = CORE, org = ACME): number =>
  balanceOf(office.book(org), ACCOUNTS.wallet(org), commodity);
const year = (office: Office, index: number, commodity = CORE): number =>
  balanceOf(office.book(ACME), ACCOUNTS.year(ACME, index), commodity);

/** Credited by the last compensation. */
const credited = (office: Office, org = ACME): number =>
  office
    .journal(org)
    .findLast(({ type }) => type === "year.compensate")
    ?.entries.filter(({ account }) => account === ACCOUNTS.wallet(org))
    .reduce((sum, { ticks }) => sum + ticks, 0) ?? 0;

/** Acme Nord as after W-2: 60 licences, of which 50 fill the first year. */
function acme(): Office {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-10", { CORE: 50 });
  office.key(ACME, "2026-03-10", { CORE: 60 });
  office.fill(ACME, "2026-03-10", { 0: { CORE: 50 } });
  return office;
}

test("W-1: years run from the anchor; one seat-day is 366 ticks in 365 days and 365 in 366; the trial is 30 days", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  expect(yearAt(day("2026-03-02"), 0)).toEqual({
    index: 0,
    start: "2026-03-02",
    end: "2027-03-02",
    days: 365,
  });
  expect(yearAt(day("2026-03-02"), 1)).toEqual({
    index: 1,
    start: "2027-03-02",
    end: "2028-03-02",
    days: 366,
  });
  expect([ticksPerDay(365), ticksPerDay(366), TICKS_PER_LICENCE]).toEqual([366, 365, 133_590]);
  expect(office.status(ACME, "2026-03-31")).toMatchObject({
    state: "trial",
    until: "2026-04-01",
    daysLeft: 1,
  });
  expect(office.status(ACME, "2026-04-01")).toMatchObject({ state: "unlicensed", until: null });
});

test("W-2: a key of 60 fills a need of 50 within the trial without compensation; the need is frozen", () => {
  const office = acme();
  const [, redeemed, filled] = office.journal(ACME);
  expect(redeemed?.entries.map(({ account, ticks }) => [account, ticks])).toEqual([
    ["issuer", -ticksOf(60)],
    ["wallet:acme", ticksOf(60)],
  ]);
  expect(redeemed?.facts.lots?.[0]).toMatchObject({ expiresOn: "2031-03-10", creditedOn: "2026-03-10" });
  expect(lastUsableDay(day("2031-03-10"))).toBe("2031-03-09");
  expect(filled?.facts.seats).toEqual([{ type: "CORE", qty: 50, kind: "fill", overlapDays: 0 }]);
  expect([wallet(office), year(office, 0)]).toEqual([ticksOf(10), ticksOf(50)]);
  office.count(ACME, "2026-05-01", { CORE: 70 });
  const status = office.status(ACME, "2026-06-01");
  expect(status).toMatchObject({ state: "licensed", until: "2027-03-02", standing: { need: { CORE: 50 } } });
  expect(lastUsableDay(status.until ?? day(""))).toBe("2027-03-01");
});

test("W-3: with 40 in the wallet a need of 50 is refused with the gap, and nothing is posted", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-10", { CORE: 50 });
  office.key(ACME, "2026-03-10", { CORE: 40 });
  const before = office.book(ACME);
  expect(refusal(() => office.fill(ACME, "2026-03-10", { 0: { CORE: 50 } }))).toMatchObject({
    code: "WALLET_INSUFFICIENT",
    details: { need: 50, available: 40, missing: 10 },
  });
  expect(refusal(() => office.fill(ACME, "2026-03-10", { 0: { CORE: 40 } }))?.code).toBe("BELOW_NEED");
  expect(office.book(ACME)).toBe(before);
});

test("W-4: 120 devices on 50 seats raise the flag on the third day; ten more seats cost what is left of the year", () => {
  const office = acme();
  office.count(ACME, "2026-06-01", { CORE: 80 });
  expect(office.status(ACME, "2026-07-01")).toMatchObject({ state: "licensed", growth: null });
  office.count(ACME, "2026-11-13", { CORE: 120 });
  expect(office.status(ACME, "2026-11-14").growth).toBeNull();
  expect(office.status(ACME, "2026-11-15")).toMatchObject({
    state: "licensed",
    growth: { since: "2026-11-13", raisedOn: "2026-11-15", minimum: { CORE: 10 }, recommended: { CORE: 70 } },
  });
  office.fill(ACME, "2026-11-15", { 0: { CORE: 10 } });
  expect(credited(office)).toBe((10 * 258 * TICKS_PER_LICENCE) / 365);
  expect([wholeLicences(wallet(office)), restTicks(wallet(office))]).toEqual([7, 9_150]);
  expect(licencesText(ticksOf(10) - credited(office))).toBe("2.9315");
  expect(office.status(ACME, "2026-11-15").growth).toBeNull();
  expect(office.journal(ACME).at(-1)?.facts.arithmetic).toBe(
    "10 CORE seats, 258 of 365 days not used → 7.0685 licences credited",
  );
});

/** Another organisation with 100 devices that pays on 1 September. */
function late(basis?: "elapsed"): Office {
  const catalogue = CATALOGUE.map((product) => ({ ...product, ...(basis && { compensationBasis: basis }) }));
  const office = openOffice(catalogue);
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 100 });
  office.key(ACME, "2026-09-01", { CORE: 100 });
  office.fill(ACME, "2026-09-01", { 0: { CORE: 100 } });
  return office;
}

test("W-5: 100 seats on 1 September give back 153 days of each; the year still ends on 2 March", () => {
  const office = late();
  expect(credited(office)).toBe(41 * TICKS_PER_LICENCE + 122_610);
  expect(year(office, 0)).toBe(ticksOf(100) - credited(office));
  expect([licencesText(credited(office)), licencesText(year(office, 0))]).toEqual(["41.9178", "58.0822"]);
  expect(office.status(ACME, "2026-09-01")).toMatchObject({
    state: "licensed",
    until: "2027-03-02",
    standing: { seats: { CORE: 100 } },
  });
  expect(licencesText(credited(late("elapsed")))).toBe("50.1370");
  expect(credited(late("elapsed"))).toBe(100 * 183 * 366);
});

test.each([
  ["2026-07-15", 121, "13.2603"],
  ["2026-09-10", 162, "17.7534"],
])("W-6: a product that was started in July and filled on %s gives back %d days", (on, days, text) => {
  const office = acme();
  office.start(ACME, "2026-07-01", "DM");
  office.count(ACME, "2026-07-01", { CORE: 40 }, "DM");
  office.key(ACME, "2026-07-01", { CORE: 40 }, "subscription", "DM");
  expect(office.book(ACME).anchor).toBe("2026-03-02");
  expect(office.status(ACME, "2026-07-30", "DM")).toMatchObject({ state: "trial", until: "2026-07-31" });
  office.fill(ACME, on, { 0: { CORE: 40 } }, "DM");
  expect(credited(office)).toBe(40 * days * 366);
  expect(licencesText(credited(office))).toBe(text);
  expect(office.status(ACME, on, "DM").until).toBe("2027-03-02");
  expect(office.status(ACME, on, "VMS").until).toBe("2027-03-02");
});

/** Acme goes into its second year with 80 devices and 80 licences. */
function renewing(): Office {
  const office = acme();
  office.count(ACME, "2026-06-01", { CORE: 80 });
  office.key(ACME, "2026-06-01", { CORE: 70 });
  return office;
}

test("W-7: renewal in time and in grace is not compensated; late, the days after grace are", () => {
  for (const on of ["2026-12-20", "2027-03-25"]) {
    const office = renewing();
    office.fill(ACME, on, { 1: { CORE: 80 } });
    expect(credited(office)).toBe(0);
    expect(office.status(ACME, "2027-04-01").state).toBe("licensed");
  }
  const office = renewing();
  expect(office.status(ACME, "2027-03-31")).toMatchObject({
    state: "grace",
    until: "2027-04-01",
    daysLeft: 1,
  });
  expect(office.status(ACME, "2027-04-01").state).toBe("unlicensed");
  expect(refusal(() => office.fill(ACME, "2027-05-01", { 1: { CORE: 60 } }))?.code).toBe("BELOW_NEED");
  office.fill(ACME, "2027-05-01", { 1: { CORE: 80 } });
  expect(credited(office)).toBe(80 * 30 * 365);
  expect(licencesText(credited(office))).toBe("6.5574");
});

test("W-8: fractions add up: one licence that is late three years running comes back whole", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 1 });
  const lots: number[] = [];
  const years = [365, 366, 365].map((days, index) => [days, index] as const);
  for (const [days, index] of years) {
    const on = `${2026 + index}-09-01`;
    office.key(ACME, on, { CORE: 1 });
    office.fill(ACME, on, { [index]: { CORE: 1 } });
    lots.push(credited(office));
    expect(yearAt(day("2026-03-02"), index).days).toBe(days);
  }
  // Unlicensed on the last day of no year, so that each has its 30 days of grace.
  expect(lots).toEqual([153 * 366, 153 * 365, 153 * 366]);
  expect(wallet(office)).toBe(lots.reduce((sum, ticks) => sum + ticks, 0));
  expect([wholeLicences(wallet(office)), restTicks(wallet(office))]).toEqual([1, 34_251]);
});

test("W-9: five years ahead and no further, in their order, all with one confirmation", () => {
  const office = renewing();
  const five = Object.fromEntries([1, 2, 3, 4, 5].map((index) => [index, { CORE: 80 }]));
  expect(refusal(() => office.fill(ACME, "2026-12-20", { 3: { CORE: 80 } }))?.code).toBe("YEAR_ORDER");
  expect(refusal(() => office.fill(ACME, "2026-12-20", { 6: { CORE: 80 } }))).toMatchObject({
    code: "TOO_FAR_AHEAD",
    details: { last: 5 },
  });
  office.key(ACME, "2026-12-20", { CORE: 320 });
  office.fill(ACME, "2026-12-20", five);
  expect(wallet(office)).toBe(0);
  expect([1, 2, 3, 4, 5].map((index) => year(office, index))).toEqual(Array(5).fill(ticksOf(80)));
  expect(yearAt(day("2026-03-02"), 5).start).toBe("2031-03-02");
  expect(office.status(ACME, "2026-12-20").until).toBe("2032-03-02");
});

test("W-10 L-11: the lot that expires first is drawn first, and what is left expires on its day", () => {
  const office = openOffice();
  office.key(ACME, "2025-05-10", { CORE: 25 });
  office.start(ACME, "2026-03-02");
  office.key(ACME, "2026-03-10", { CORE: 10 });
  office.count(ACME, "2026-03-10", { CORE: 30 });
  office.fill(ACME, "2026-03-10", { 0: { CORE: 30 } });
  const drawn = [...office.book(ACME).allocations.values()][0]?.drawn;
  expect(drawn?.map(({ lot, ticks }) => [lot.expiresOn, wholeLicences(ticks)])).toEqual([
    ["2030-05-10", 25],
    ["2031-03-10", 5],
  ]);
  office.at(ACME, "2031-03-09", () => {});
  expect(wallet(office)).toBe(ticksOf(5));
  office.at(ACME, "2031-03-10", () => {});
  expect(wallet(office)).toBe(0);
  expect(office.journal(ACME).at(-1)).toMatchObject({ type: "lots.expire", effectiveOn: "2031-03-10" });
  expect(balanceOf(office.book(ACME), ACCOUNTS.expired, CORE)).toBe(ticksOf(5));
  office.key(BETA, "2028-02-29", { CORE: 1 });
  expect([...office.book(BETA).lots.values()][0]?.expiresOn).toBe("2033-02-28");
});

test("W-11: a transfer keeps the lots and their dates; it waits among the locked until the product starts", () => {
  const office = openOffice();
  office.start(ACME, "2024-03-02");
  office.key(ACME, "2025-05-10", { CORE: 25 });
  office.key(ACME, "2026-02-01", { CORE: 15 });
  office.transfer(ACME, BETA, "2026-05-20", [
    { product: "VMS", type: "CORE", kind: "subscription", qty: 30 },
  ]);
  const lots = () =>
    [...office.book(BETA).lots.values()].map(({ place, expiresOn, ticks }) => [place, expiresOn, ticks]);
  expect(lots()).toEqual([
    ["locked", "2030-05-10", ticksOf(25)],
    ["locked", "2031-02-01", ticksOf(5)],
  ]);
  expect([wallet(office), wallet(office, CORE, BETA)]).toEqual([ticksOf(10), 0]);
  expect(balanceOf(office.book(BETA), ACCOUNTS.locked(BETA), CORE)).toBe(ticksOf(30));
  const numbers = [ACME, BETA].map((org) => office.journal(org).at(-1)?.facts.transfer?.number);
  expect(numbers[0]).toBe(numbers[1]);
  office.start(BETA, "2026-06-03");
  expect(lots()).toEqual([
    ["wallet", "2030-05-10", ticksOf(25)],
    ["wallet", "2031-02-01", ticksOf(5)],
  ]);
});

test("W-12 L-64: hardware brings its licences once; extensions stay with it for life", () => {
  const office = openOffice();
  const rx1 = { hwId: "RX-1", product: "VMS", items: { CORE: 16 } };
  office.at(ACME, "2026-03-02", (desk) => activateHardware(desk, rx1));
  office.start(ACME, "2026-03-02");
  office.key(ACME, "2026-03-03", { CORE: 8, UNIVERSAL: 2 }, "extension");
  const held = (account: string, kind: string) =>
    wholeLicences(balanceOf(office.book(ACME), account, `VMS/CORE/${kind}`));
  const capacity = () =>
    capacityOf(
      { CORE: held(ACCOUNTS.hardware("RX-1"), "preloaded") },
      { CORE: held(ACCOUNTS.extension("RX-1"), "extension") },
      { CORE: 20 },
    );
  expect(capacity()).toEqual({ capacity: { CORE: 16 }, shortage: { CORE: 4 } });
  const system = { product: "VMS", licensing: "hardware", hwId: "RX-1" } as const;
  office.at(ACME, "2026-03-03", (desk) => allocateExtension(desk, system, { CORE: 4 }));
  expect(capacity()).toEqual({ capacity: { CORE: 20 }, shortage: {} });
  expect(wallet(office, "VMS/CORE/extension")).toBe(ticksOf(4));
  expect(wallet(office, "VMS/UNIVERSAL/extension")).toBe(ticksOf(2));
  // L-64: what waits in the wallet ends after five years; what stays with hardware does not.
  office.at(ACME, "2031-03-03", () => {});
  expect(wallet(office, "VMS/CORE/extension")).toBe(0);
  expect(capacity()).toEqual({ capacity: { CORE: 20 }, shortage: {} });
  const subscribed = { ...system, licensing: "subscription" } as const;
  expect(
    refusal(() => office.at(ACME, "2031-03-03", (desk) => allocateExtension(desk, subscribed, { CORE: 1 })))
      ?.code,
  ).toBe("SYSTEM_NOT_HARDWARE_LICENSED");
});

test("W-13: 8 of 12 upgrade licences turn 8 old ones into new ones with the old dates, once", () => {
  const office = openOffice();
  office.start(ACME, "2024-03-02", "ACS5");
  office.start(ACME, "2024-03-02", "VMS");
  office.key(ACME, "2024-03-02", { CORE: 12 }, "subscription", "ACS5");
  office.key(ACME, "2026-03-02", { "ACS5-PRO": 12 }, "upgrade");
  const upgrade = (qty: number) =>
    office.at(ACME, "2026-03-02", (desk) => applyUpgrade(desk, { product: "VMS", type: "ACS5-PRO", qty }));
  upgrade(8);
  const lots = () =>
    [...office.book(ACME).lots.values()].map((lot) => [
      lot.commodity,
      lot.expiresOn,
      wholeLicences(lot.ticks),
    ]);
  expect(lots()).toEqual([
    ["ACS5/CORE/subscription", "2029-03-02", 4],
    ["VMS/ACS5-PRO/upgrade", "2031-03-02", 4],
    ["VMS/CORE/subscription", "2029-03-02", 8],
  ]);
  expect(refusal(() => upgrade(8))?.code).toBe("WALLET_INSUFFICIENT");
  upgrade(4);
  expect(refusal(() => upgrade(1))?.code).toBe("WALLET_INSUFFICIENT");
});

test("W-14: a key of 10 for five years credits 50, which fill five years with 10 each", () => {
  const office = openOffice();
  office.start(ACME, "2026-03-02");
  office.count(ACME, "2026-03-02", { CORE: 10 });
  office.key(ACME, "2026-03-02", { CORE: [10, 5] });
  expect(wallet(office)).toBe(ticksOf(50));
  expect([...office.book(ACME).lots.values()][0]).toMatchObject({ termYears: 5 });
  office.fill(ACME, "2026-03-02", Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, { CORE: 10 }])));
  expect(wallet(office)).toBe(0);
});

test("W-15 L-25: 50 of 80 paid ahead are covered without a break; the other 30 have grace, then pay for what is left", () => {
  const office = acme();
  office.key(ACME, "2026-06-01", { CORE: 70 });
  office.fill(ACME, "2026-06-01", { 1: { CORE: 50 } });
  office.count(ACME, "2026-10-01", { CORE: 80 });
  expect(office.status(ACME, "2027-03-02")).toMatchObject({
    state: "grace",
    standing: { missing: { CORE: 30 } },
  });
  expect(office.status(ACME, "2027-04-01")).toMatchObject({
    state: "partial",
    covered: { CORE: 50 },
    standing: { need: { CORE: 80 }, seats: { CORE: 50 } },
  });
  office.fill(ACME, "2027-06-01", { 1: { CORE: 30 } });
  expect(credited(office)).toBe(ticksOf(5));
  expect(office.journal(ACME).findLast(({ type }) => type === "year.allocate")?.facts.seats).toEqual([
    { type: "CORE", qty: 30, kind: "topUp", overlapDays: 61 },
  ]);
  expect(office.status(ACME, "2027-06-01").state).toBe("licensed");
});

test("W-16: an anchor of 29 February gives years without gap, back on the 29th in leap years", () => {
  const years = [0, 1, 2, 3, 4].map((index) => yearAt(day("2028-02-29"), index));
  expect(years.map(({ start }) => start)).toEqual([
    "2028-02-29",
    "2029-02-28",
    "2030-02-28",
    "2031-02-28",
    "2032-02-29",
  ]);
  expect(years.map(({ days }) => days)).toEqual([365, 365, 365, 366, 365]);
  years.slice(1).forEach(({ start }, n) => expect(years[n]?.end).toBe(start));
});

test("L-30: the smallest number of further seats makes the rule true again, one fewer does not", () => {
  const [vms] = CATALOGUE;
  expect(growthAdvice(vms!, { CORE: 121 }, { CORE: 50 }).minimum).toEqual({ CORE: 11 });
  expect(growthAdvice(vms!, { CORE: 120, UNIVERSAL: 10 }, { CORE: 50, UNIVERSAL: 10 }).minimum).toEqual({
    CORE: 5,
  });
});
