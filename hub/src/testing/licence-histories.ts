import { Fault } from "@fyr/protocol";
import fc from "fast-check";
import { eventsOf, type Book } from "../licences/book.ts";
import { CATALOGUE, type Product } from "../licences/catalogue.ts";
import { addDays, type CivilDate } from "../licences/civil-date.ts";
import { activateHardware, allocateExtension } from "../licences/hardware.ts";
import type { Draft } from "../licences/journal.ts";
import { added, total } from "../licences/need.ts";
import { differences } from "../licences/rebuild.ts";
import { statusOn } from "../licences/status.ts";
import { applyUpgrade } from "../licences/upgrade.ts";
import { judge, lookAt, type Broken, type History, type Seen } from "./licence-judge.ts";
import { day, openOffice, type Office } from "./licence-office.ts";

/**
 * Random histories of the engine under the judges of licensing.md 2.6: two organisations, all products, 120 commands
 * each, many of them illegal, over up to fifteen years. Clients that race, retries and crashes are the business of
 * `licence-races.ts`, where there is a database to race in.
 */
const COMMANDS = 120;

export const ORGS = ["acme", "beta"] as const;
const products = CATALOGUE.map(({ code }) => code);

const org = fc.constantFrom("acme", "acme", "beta");
const product = fc.constantFrom("VMS", "VMS", "VMS", "DM", "ACS5");
const type = fc.constantFrom("CORE", "CORE", "CORE", "UNIVERSAL");
export const qty = fc.integer({ min: 1, max: 40 });
/** Devices: so few that most of what is asked for can be paid. */
const few = fc.integer({ min: 1, max: 12 });
const kind = fc.constantFrom(...Array<"subscription">(6).fill("subscription"), "extension", "upgrade");

const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("wait"), days: fc.constantFrom(0, 1, 2, 20, 29, 31, 90) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait"), days: fc.constantFrom(200, 400) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("count"), org, product, type, qty: few }) },
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
  { weight: 3, arbitrary: fc.record({ do: fc.constant("start"), org, product }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("fill"),
      org,
      product,
      ahead: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 5, 6),
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

export interface Walked extends History {
  readonly done: number;
  readonly refused: number;
  /** What was seen on the way: a refusal that left something, a record that a book would not take. */
  readonly broken: readonly Broken[];
}

/** What a book itself refuses, by the invariant that the record would have broken. */
const REFUSED: readonly (readonly [RegExp, Broken["id"]])[] = [
  [/does not balance/, "I-1"],
  [/negative/, "I-2"],
  [/names no lot/, "I-3"],
];

/** @throws what was given when it is none of them */
export function refusedBy(error: unknown): Broken {
  const what = error instanceof Error ? error.message : "unknown";
  const found = REFUSED.find(([words]) => words.test(what));
  if (!found) throw error;
  return { id: found[1], what };
}

const sameBook = (one: Book, other: Book): boolean => differences(one, other).length === 0;

/** Walks one history; refusals are part of it and must leave nothing behind. */
function walk(commands: readonly Command[], from: CivilDate): Walked {
  const office = openOffice();
  const [said, seen, hardware] = [[] as History["said"][number][], [] as Seen[], new Set<string>()];
  const order: { org: string; draft: Draft }[] = [];
  const broken: Broken[] = [];
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
      if (!(error instanceof Fault)) broken.push(refusedBy(error));
      refused++;
      if (!ORGS.every((each, n) => sameBook(office.book(each), before[n] as Book)))
        broken.push({ id: "I-19", what: `${wish.do} was refused and left something` });
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
    broken,
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

/** So many histories, the same for a seed. */
export const histories = (count: number, seed = 6): Walked[] =>
  fc.sample(anyHistory, { numRuns: count, seed }).map(([commands, from]) => walk(commands, from));

/** What a history breaks, on its way and as a whole. */
export const brokenIn = (walked: Walked): Broken[] => [...walked.broken, ...judge(walked)];
