import fc from "fast-check";
import { expect, test } from "vitest";
import { brokenIn, histories, ORGS, qty, type Walked } from "../testing/licence-histories.ts";
import { judge, type Broken, type History } from "../testing/licence-judge.ts";
import { day, openOffice } from "../testing/licence-office.ts";
import { CATALOGUE, type Product } from "./catalogue.ts";
import { addDays } from "./civil-date.ts";
import { ACCOUNTS, type Draft } from "./journal.ts";
import { added, growthAdvice, total, withinGrowth } from "./need.ts";

const HISTORIES = process.env.FYR_LONG === "1" ? 400 : 20;

const walks = histories(HISTORIES);
const broken = walks.map(brokenIn);

test("the histories are worth judging: every kind of record is in them, and refusals too", () => {
  const types = new Set(walks.flatMap(({ journal }) => journal.map(({ draft }) => draft.type)));
  for (const wanted of [
    ...[
      "key.redeem",
      "product.start",
      "lots.unlock",
      "year.allocate",
      "year.compensate",
      "year.close",
      "lots.expire",
    ],
    ...[
      "year.release",
      "wallet.transferOut",
      "wallet.transferIn",
      "hw.activate",
      "ext.allocate",
      "upgrade.apply",
    ],
  ])
    expect([...types]).toContain(wanted);
  for (const { done, refused } of walks) expect(done + refused).toBeGreaterThan(70);
  expect(walks.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(HISTORIES * 5);
});

test.each(["I-1", "I-2", "I-3", "I-4", "I-5", "I-6", "I-8", "I-9", "I-11", "I-13", "I-15", "I-16", "I-19"])(
  "%s holds in every history",
  (id) => {
    const found = broken.flat().filter((each) => each.id === id);
    expect(found.slice(0, 3)).toEqual([]);
  },
);

test("I-14: there and back again restores both balances, and the dates of the lots as a whole", () => {
  const line = { product: "VMS", type: "CORE", kind: "subscription" } as const;
  fc.assert(
    fc.property(fc.array(qty, { minLength: 1, maxLength: 4 }), fc.nat(), (amounts, part) => {
      const office = openOffice();
      for (const each of ORGS) office.start(each, "2026-03-02");
      amounts.forEach((n, at) => office.key("acme", `2026-0${at + 3}-05`, { CORE: n }));
      const dates = () => {
        const sums = new Map<string, number>();
        for (const { expiresOn, ticks } of office.book("acme").lots.values())
          sums.set(expiresOn, (sums.get(expiresOn) ?? 0) + ticks);
        return [...sums].sort();
      };
      const [before, held] = [dates(), office.book("acme").balances.get(ACCOUNTS.wallet("acme"))];
      const moved = 1 + (part % total(Object.fromEntries(amounts.map((n, at) => [String(at), n]))));
      office.transfer("acme", "beta", "2026-07-01", [{ ...line, qty: moved }]);
      office.transfer("beta", "acme", "2026-07-01", [{ ...line, qty: moved }]);
      expect(dates()).toEqual(before);
      expect(office.book("acme").balances.get(ACCOUNTS.wallet("acme"))).toEqual(held);
      expect(office.book("beta").lots.size).toBe(0);
    }),
  );
});

test("I-17: the minimum of further seats makes the growth rule true, one fewer of any type does not", () => {
  const counts = fc.record({ CORE: fc.nat(300), UNIVERSAL: fc.nat(300) });
  fc.assert(
    fc.property(counts, counts, (inUse, seats) => {
      const [vms] = CATALOGUE as readonly [Product];
      const { minimum } = growthAdvice(vms, inUse, seats);
      expect(withinGrowth(vms, inUse, added(seats, minimum))).toBe(true);
      for (const [of, n] of Object.entries(minimum)) {
        expect(n).toBeGreaterThan(0);
        expect(withinGrowth(vms, inUse, added(seats, { ...minimum, [of]: n - 1 }))).toBe(false);
      }
    }),
  );
});

/** A mistake in a history, and the judge that has to see it: the test of the judges. */
const MISTAKES: readonly (readonly [id: string, what: string, spoil: (history: Walked) => History])[] = [
  [
    "I-1",
    "a posting without its other side",
    (h) => onFirst(h, "key.redeem", (d) => ({ ...d, entries: d.entries.slice(0, 1) })),
  ],
  [
    "I-2",
    "a key that was never redeemed is spent",
    (h) => ({ ...h, journal: h.journal.filter(({ draft }) => draft.type !== "key.redeem") }),
  ],
  [
    "I-3",
    "a lot that holds more than was put in",
    (h) =>
      onBooks(h, (book) => ({
        ...book,
        lots: new Map([...book.lots].map(([id, lot]) => [id, { ...lot, ticks: lot.ticks + 1 }])),
      })),
  ],
  [
    "I-4",
    "licences arrive and never left",
    (h) => ({ ...h, journal: h.journal.filter(({ draft }) => draft.type !== "wallet.transferOut") }),
  ],
  [
    "I-5",
    "seats that nobody paid",
    (h) => onAllocations(h, (each) => ({ ...each, seats: [...each.seats, ...each.seats] })),
  ],
  [
    "I-6",
    "a compensation without a day that was lost",
    (h) => onAllocations(h, (each) => ({ ...each, credited: [{ lot: "x", commodity: "x", ticks: 1 }] })),
  ],
  [
    "I-8",
    "a second start moves the years",
    (h) =>
      onLast(h, "product.start", (d) => ({ ...d, facts: { ...d.facts, anchor: addDays(d.effectiveOn, 1) } })),
  ],
  [
    "I-9",
    "a lot is younger after a transfer",
    (h) =>
      onFirst(h, "wallet.transferIn", (d) => ({
        ...d,
        facts: {
          ...d.facts,
          lots: d.facts.lots?.map((lot) => ({ ...lot, expiresOn: addDays(lot.expiresOn, 1) })) ?? [],
        },
      })),
  ],
  [
    "I-11",
    "a balance that was written over",
    (h) => onBooks(h, (book) => ({ ...book, anchor: addDays(book.anchor ?? day("2026-01-01"), 1) })),
  ],
  [
    "I-15",
    "a day that is over is told anew",
    (h) => ({ ...h, said: h.said.map((each) => ({ ...each, status: `${each.status} ` })) }),
  ],
  [
    "I-16",
    "seats are taken away",
    (h) => ({
      ...h,
      seen: h.seen.map((each, n) => ({
        ...each,
        released: false,
        standing: { ...each.standing, filled: true, seats: { CORE: 1_000 - n } },
      })),
    }),
  ],
];

type Drafts = (draft: Draft) => Draft;
const onFirst = (history: Walked, wanted: string, change: Drafts): History => {
  const at = history.journal.findIndex(({ draft }) => draft.type === wanted);
  return {
    ...history,
    journal: history.journal.map((each, n) => (n === at ? { ...each, draft: change(each.draft) } : each)),
  };
};
const onLast = (history: Walked, wanted: string, change: Drafts): History => {
  const at = history.journal.findLastIndex(({ draft }) => draft.type === wanted);
  return {
    ...history,
    journal: history.journal.map((each, n) => (n === at ? { ...each, draft: change(each.draft) } : each)),
  };
};
type AnyBook = History["books"] extends ReadonlyMap<string, infer B> ? B : never;
const onBooks = (history: Walked, change: (book: AnyBook) => AnyBook): History => ({
  ...history,
  books: new Map([...history.books].map(([at, book]) => [at, change(book)])),
});
type AnyAllocation = AnyBook["allocations"] extends ReadonlyMap<string, infer A> ? A : never;
const onAllocations = (history: Walked, change: (each: AnyAllocation) => AnyAllocation): History =>
  onBooks(history, (book) => ({
    ...book,
    allocations: new Map([...book.allocations].map(([id, each]) => [id, change(each)])),
  }));

test.each(MISTAKES)("the judge of %s sees %s", (id, _what, spoil) => {
  const ids = new Set<Broken["id"]>();
  for (const history of walks) {
    try {
      for (const each of judge(spoil(history))) ids.add(each.id);
    } catch (error) {
      // A book refuses such a record before any judge does.
      if (error instanceof Error && /balance|negative|no lot/.test(error.message)) ids.add(id);
      else throw error;
    }
  }
  expect([...ids]).toContain(id);
});
