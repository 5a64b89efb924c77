import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, lookAt, type Broken, type History, type Seen } from "../testing/licence-judge.ts";
import { day, openOffice, type Office } from "../testing/licence-office.ts";
import { eventsOf } from "./book.ts";
import { CATALOGUE, type Product } from "./catalogue.ts";
import { addDays, type CivilDate } from "./civil-date.ts";
import { activateHardware, allocateExtension } from "./hardware.ts";
import { ACCOUNTS, type Draft } from "./journal.ts";
import { added, growthAdvice, total, withinGrowth } from "./need.ts";
import { statusOn } from "./status.ts";
import { applyUpgrade } from "./upgrade.ts";

/**
 * Random histories of the engine under the judges of licensing.md 2.6: two organisations, all products, 120 commands
 * each, many of them illegal, over up to fifteen years. Clients that race, retries and crashes are the business of
 * `racing.test.ts`, where there is a database to race in.
 */
const LONG = process.env.FYR_LONG === "1";
const HISTORIES = LONG ? 400 : 20;
const COMMANDS = 120;

const ORGS = ["acme", "beta"] as const;
const products = CATALOGUE.map(({ code }) => code);

const org = fc.constantFrom("acme", "acme", "beta");
const product = fc.constantFrom("VMS", "VMS", "VMS", "DM", "ACS5");
const type = fc.constantFrom("CORE", "CORE", "CORE", "UNIVERSAL");
const qty = fc.integer({ min: 1, max: 40 });
const kind = fc.constantFrom("subscription", "subscription", "subscription", "extension", "upgrade");

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait"), days: fc.constantFrom(0, 1, 2, 20, 29, 31, 90) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait"), days: fc.constantFrom(200, 400, 900) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("count"), org, product, type, qty }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("key"),
      org,
      product,
      type,
      qty,
      kind,
      term: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("start"), org, product }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("fill"),
      org,
      product,
      ahead: fc.integer({ min: 0, max: 6 }),
      extra: fc.integer({ min: -1, max: 5 }),
      type,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("undo"), org, nth: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("transfer"), org, product, type, qty, kind }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("upgrade"), org, qty }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("hardware"), org, product, qty, hw: fc.nat(3) }) },
);
type Command = Partial<Record<"days" | "qty" | "term" | "ahead" | "extra" | "nth" | "hw", number>> & {
  readonly do: string;
  readonly org?: (typeof ORGS)[number];
  readonly product?: string;
  readonly type?: string;
  readonly kind?: "subscription" | "extension" | "upgrade";
};

const productOf = (code: string): Product =>
  CATALOGUE.find((each) => each.code === code) ?? (CATALOGUE[0] as Product);

/** What the outstanding need of a year is, so that not every allocation is refused. */
function fill(
  office: Office,
  on: CivilDate,
  { org: at = "acme", product: code = "VMS", ahead = 0, extra = 0, type: of = "CORE" }: Command,
) {
  const rules = productOf(code);
  const { year } = office.status(at, on, code);
  const seen = lookAt(office.book(at), rules, on, false);
  const short =
    ahead === 0 ? (seen?.standing.missing ?? {}) : statusOn(eventsOf(office.book(at), rules), on).inUse;
  const items = added(short, { [of]: Math.max(extra, -total(short)) });
  const wanted = Object.fromEntries(Object.entries(items).filter(([, n]) => n > 0));
  office.fill(at, on, { [(year?.index ?? 0) + ahead]: wanted }, code);
}

const run: Readonly<
  Record<string, (office: Office, on: CivilDate, wish: Command, seen: Set<string>) => void>
> = {
  count: (office, on, { org: at = "acme", product: code, type: of = "CORE", qty: n = 1 }) =>
    office.count(at, on, { [of]: n }, code),
  key: (
    office,
    on,
    {
      org: at = "acme",
      product: code = "VMS",
      type: of = "CORE",
      qty: n = 1,
      kind: what = "subscription",
      term = 1,
    },
  ) =>
    office.key(
      at,
      on,
      { [what === "upgrade" ? "ACS5-PRO" : of]: [n, term] },
      what,
      what === "upgrade" ? "VMS" : code,
    ),
  start: (office, on, { org: at = "acme", product: code }) => office.start(at, on, code),
  fill,
  undo(office, on, { org: at = "acme", nth = 0 }) {
    const open = [...office.book(at).allocations.values()].filter(({ releasedOn }) => releasedOn === null);
    office.undo(at, on, open.at(-1 - nth)?.id ?? "none");
  },
  transfer(
    office,
    on,
    { org: from = "acme", product: code = "VMS", type: of = "CORE", qty: n = 1, kind: what = "subscription" },
  ) {
    const line = {
      product: code,
      type: what === "upgrade" ? "ACS5-PRO" : of,
      kind: what,
      qty: Math.min(n, 12),
    };
    office.transfer(from, from === "acme" ? "beta" : "acme", on, [line]);
  },
  upgrade: (office, on, { org: at = "acme", qty: n = 1 }) =>
    office.at(at, on, (desk) =>
      applyUpgrade(desk, { product: "VMS", type: "ACS5-PRO", qty: Math.min(n, 9) }),
    ),
  hardware(office, on, { org: at = "acme", product: code = "VMS", qty: n = 1, hw = 0 }, seen) {
    const hwId = `RX-${hw}-${code}`;
    office.at(at, on, (desk) => {
      if (!seen.has(hwId)) activateHardware(desk, { hwId, product: code, items: { CORE: n } });
      else allocateExtension(desk, { product: code, licensing: "hardware", hwId }, { CORE: Math.min(n, 5) });
    });
    seen.add(hwId);
  },
};

interface Walked extends History {
  readonly done: number;
  readonly refused: number;
}

/** Walks one history; refusals are part of it and must leave nothing behind. */
function walk(commands: readonly Command[], from: CivilDate): Walked {
  const office = openOffice();
  const [said, seen, hardware] = [[] as History["said"][number][], [] as Seen[], new Set<string>()];
  const order: { org: string; draft: Draft }[] = [];
  let [on, done, refused] = [from, 0, 0];
  const keep = (released: boolean) => {
    for (const each of ORGS) {
      const known = order.filter((found) => found.org === each).length;
      order.push(
        ...office
          .journal(each)
          .slice(known)
          .map((draft) => ({ org: each, draft })),
      );
      for (const rules of CATALOGUE) {
        const look = lookAt(office.book(each), rules, on, released);
        if (look) seen.push(look);
      }
    }
  };
  for (const wish of commands) {
    if (wish.do === "wait") {
      for (const each of ORGS)
        for (const code of products)
          said.push({ org: each, product: code, on, status: JSON.stringify(office.status(each, on, code)) });
      on = addDays(on, wish.days ?? 1);
      if (wish.days === 0) said.length -= ORGS.length * products.length;
      continue;
    }
    const before = ORGS.map((each) => office.book(each));
    try {
      run[wish.do]?.(office, on, wish, hardware);
      done++;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused++;
      expect(ORGS.map((each) => office.book(each))).toEqual(before);
    }
    keep(wish.do === "undo");
  }
  const journal = inOrder(order);
  return {
    journal,
    books: new Map(ORGS.map((each) => [each, office.book(each)])),
    said,
    seen,
    done,
    refused,
  };
}

/** Both sides of a transfer next to each other, as they were committed. */
function inOrder(order: readonly { org: string; draft: Draft }[]): { org: string; draft: Draft }[] {
  const sorted = order.toSorted((a, b) => (a.draft.id < b.draft.id ? -1 : 1));
  const arrived = new Map(
    sorted.flatMap((each) =>
      each.draft.type === "wallet.transferIn" ? [[each.draft.facts.transfer?.number, each]] : [],
    ),
  );
  return sorted
    .filter(({ draft }) => draft.type !== "wallet.transferIn")
    .flatMap((each) => {
      const other =
        each.draft.type === "wallet.transferOut" ? arrived.get(each.draft.facts.transfer?.number) : undefined;
      return other ? [each, other] : [each];
    });
}

const anyHistory = fc.tuple(
  fc.array(command, { minLength: COMMANDS, maxLength: COMMANDS }),
  fc.constantFrom(day("2024-02-29"), day("2026-03-02"), day("2027-12-31")),
);

const walks = fc
  .sample(anyHistory, { numRuns: HISTORIES, seed: 6 })
  .map(([commands, from]) => walk(commands, from));
const broken = walks.map(judge);

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

test.each(["I-1", "I-2", "I-3", "I-4", "I-5", "I-6", "I-8", "I-9", "I-11", "I-13", "I-15", "I-16"])(
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
