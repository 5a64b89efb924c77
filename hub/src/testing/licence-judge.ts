import { apply, balanceOf, eventsOf, replay, type Book } from "../licences/book.ts";
import { CATALOGUE, type Product } from "../licences/catalogue.ts";
import type { CivilDate } from "../licences/civil-date.ts";
import { compensationTicks, valueTicks } from "../licences/compensation.ts";
import { allocationsOn } from "../licences/events.ts";
import { ACCOUNTS, imbalance, type Draft, type LotFacts } from "../licences/journal.ts";
import { at, satisfies, type ByType } from "../licences/need.ts";
import { differences } from "../licences/rebuild.ts";
import { standingOn, type Standing } from "../licences/standing.ts";
import { statusOn } from "../licences/status.ts";
import { yearAt, yearOn } from "../licences/years.ts";

/** What happened in a history, as the judges read it. */
export interface History {
  /** Every record in the order in which it was posted, over all organisations. */
  readonly journal: readonly { readonly org: string; readonly draft: Draft }[];
  /** The books in the end, as they were kept. */
  readonly books: ReadonlyMap<string, Book>;
  /** What was said of products on days that were over then. */
  readonly said: readonly {
    readonly org: string;
    readonly product: string;
    readonly on: CivilDate;
    readonly status: string;
  }[];
  /** Years as they stood, in the order in which they were looked at. */
  readonly seen: readonly Seen[];
}

export interface Seen {
  readonly org: string;
  readonly product: string;
  readonly year: number;
  readonly on: CivilDate;
  /** Whether seats that were given to it on that day filled it. */
  readonly bought: boolean;
  readonly standing: Standing;
  /** Whether a release came since the last look. */
  readonly released: boolean;
}

/** A broken invariant of licensing.md 2.6. */
export interface Broken {
  readonly id: string;
  readonly what: string;
}

type Sums = Map<string, number>;

const add = (sums: Sums, key: string, ticks: number): void =>
  void sums.set(key, (sums.get(key) ?? 0) + ticks);

const mayBeNegative = (account: string): boolean => account === ACCOUNTS.issuer;

/** Every prefix of the journal: balanced, nowhere below nothing, nothing lost, nothing under way at a commit. */
function judgeSums({ journal }: History): Broken[] {
  const broken: Broken[] = [];
  const sums: Sums = new Map();
  journal.forEach(({ draft }, n) => {
    if (imbalance(draft.entries).size > 0) broken.push({ id: "I-1", what: `record ${n} does not balance` });
    for (const { account, commodity, ticks } of draft.entries) add(sums, `${account} ${commodity}`, ticks);
    for (const { account, commodity } of draft.entries) {
      if (!mayBeNegative(account) && (sums.get(`${account} ${commodity}`) ?? 0) < 0)
        broken.push({ id: "I-2", what: `${account} is negative after record ${n}` });
    }
    const committed = draft.type !== "wallet.transferOut";
    const underWay = [...sums].some(([key, ticks]) => key.startsWith("transit ") && ticks !== 0);
    if (committed && underWay) broken.push({ id: "I-4", what: `something is under way after record ${n}` });
  });
  const [places, ends] = [/^(wallet|locked|year|hw|ext):/, /^(expired|used|upgraded) /];
  const totals: Sums = new Map();
  for (const [key, ticks] of sums) {
    const commodity = key.split(" ")[1] ?? "";
    if (key.startsWith("issuer ")) add(totals, commodity, ticks);
    if (places.test(key) || ends.test(key)) add(totals, commodity, ticks);
  }
  for (const [commodity, ticks] of totals)
    if (ticks !== 0) broken.push({ id: "I-4", what: `${commodity} is not conserved` });
  return broken;
}

function judgeBook(org: string, book: Book, journal: readonly Draft[]): Broken[] {
  const broken: Broken[] = [];
  const inLots: Sums = new Map();
  for (const { place, commodity, ticks } of book.lots.values())
    add(inLots, `${ACCOUNTS[place](org)} ${commodity}`, ticks);
  for (const [account, held] of book.balances) {
    if (!/^(wallet|locked):/.test(account)) continue;
    for (const [commodity, ticks] of held)
      if (inLots.get(`${account} ${commodity}`) !== ticks)
        broken.push({ id: "I-3", what: `${account} is not its lots` });
  }
  const wrong = differences(book, replay(org, journal));
  if (wrong.length > 0)
    broken.push({ id: "I-11", what: `${org}: ${wrong.join(", ")} differ from the journal` });
  return [...broken, ...judgeYears(org, book, journal)];
}

/** A year's account holds what its seats are worth, as long as it is open; a compensation is less than the value. */
function judgeYears(org: string, book: Book, journal: readonly Draft[]): Broken[] {
  const { anchor } = book;
  if (anchor === null) return [];
  const broken: Broken[] = [];
  const closed = new Set(journal.flatMap(({ type, facts }) => (type === "year.close" ? [facts.year] : [])));
  const worth: Sums = new Map();
  for (const { product, year: index, seats, releasedOn, credited, on } of book.allocations.values()) {
    const year = yearAt(anchor, index);
    const due = seats.reduce((sum, each) => sum + compensationTicks(each, year), 0);
    const given = credited.reduce((sum, { ticks }) => sum + ticks, 0);
    const value = seats.reduce((sum, each) => sum + valueTicks(each, year), 0) + due;
    if (given !== due || given < 0 || given >= value || (on <= year.start && given !== 0))
      broken.push({ id: "I-6", what: `${given} ticks credited of ${value}` });
    if (releasedOn !== null) continue;
    for (const each of seats)
      add(worth, `${index} ${product}/${each.type}/subscription`, valueTicks(each, year));
  }
  for (const [key, ticks] of worth) {
    const [index = "", commodity = ""] = key.split(" ");
    const held = balanceOf(book, ACCOUNTS.year(org, Number(index)), commodity);
    if (!closed.has(Number(index)) && held !== ticks)
      broken.push({ id: "I-5", what: `year ${key} holds ${held}, not ${ticks}` });
  }
  return broken;
}

/** Nothing that expires earlier is left where a later lot was drawn from. */
function judgeDraw(book: Book, { type, entries }: Draft): Broken[] {
  if (NO_DRAW.has(type)) return [];
  const drawn = new Map<string, number>();
  for (const { account, lot, ticks } of entries)
    if (account === ACCOUNTS.wallet(book.org) && ticks < 0 && lot !== undefined) drawn.set(lot, -ticks);
  const leftBehind = (id: string): boolean => {
    const taken = book.lots.get(id);
    const earlier = [...book.lots.values()].filter(
      (lot) =>
        taken &&
        lot.place === "wallet" &&
        lot.commodity === taken.commodity &&
        lot.expiresOn < taken.expiresOn,
    );
    return earlier.some((lot) => lot.ticks > (drawn.get(lot.id) ?? 0));
  };
  return [...drawn.keys()]
    .filter(leftBehind)
    .map(() => ({ id: "I-13", what: `${type} left a lot that expires earlier` }));
}

/** These take from lots that are named by something else than their turn. */
const NO_DRAW: ReadonlySet<string> = new Set(["lots.expire", "year.release", "tx.reverse"]);

/** Records in one organisation's order, with the book before each. */
function judgeSteps(org: string, journal: readonly Draft[]): Broken[] {
  const broken: Broken[] = [];
  const known = new Map<string, LotFacts>();
  let book = replay(org, []);
  for (const draft of journal) {
    const { facts, type } = draft;
    if (
      facts.anchor !== undefined &&
      book.anchor !== null &&
      type !== "anchor.set" &&
      facts.anchor !== book.anchor
    )
      broken.push({ id: "I-8", what: "the dates of the years moved" });
    for (const lot of facts.lots ?? []) {
      const parent = known.get(lot.parent ?? lot.id);
      if (parent && lot.expiresOn > parent.expiresOn)
        broken.push({ id: "I-9", what: `lot ${lot.id} became younger` });
      known.set(lot.id, lot);
    }
    broken.push(...judgeDraw(book, draft));
    book = apply(book, draft);
  }
  return broken;
}

/** Dates travel with lots from one organisation to the other too. */
function judgeTransfers({ journal }: History): Broken[] {
  const all = new Map<string, LotFacts>();
  const broken: Broken[] = [];
  for (const { draft } of journal) {
    for (const lot of draft.facts.lots ?? []) {
      const parent = lot.parent === undefined ? undefined : all.get(lot.parent);
      if (parent && lot.expiresOn > parent.expiresOn)
        broken.push({ id: "I-9", what: `lot ${lot.id} became younger on its way` });
      if (!all.has(lot.id)) all.set(lot.id, lot);
    }
  }
  return broken;
}

/** What was said of a day that is over stays what it was, whatever happens later. */
const judgeStatuses = ({ said, books }: History): Broken[] =>
  said.flatMap(({ org, product, on, status }) => {
    const book = books.get(org);
    const found = CATALOGUE.find(({ code }) => code === product);
    if (!book || !found) return [];
    const now = JSON.stringify(statusOn(eventsOf(book, found), on));
    return now === status
      ? []
      : [{ id: "I-15", what: `${org} ${product} on ${on}: ${status} became ${now}` }];
  });

const keyOf = ({ org, product, year }: Seen): string => `${org} ${product} ${year}`;

/** Whether there are more than before of any type. */
const hasMore = (now: ByType, before: ByType): boolean =>
  Object.keys(now).some((type) => at(now, type) > at(before, type));

/** Seats of a filled year only grow, unless something was released. */
function judgeSeats({ seen }: History): Broken[] {
  const last = new Map<string, Seen>();
  const broken: Broken[] = [];
  for (const each of seen) {
    const before = last.get(keyOf(each));
    last.set(keyOf(each), each);
    if (!before?.standing.filled || each.released) continue;
    if (hasMore(before.standing.seats, each.standing.seats))
      broken.push({ id: "I-16", what: `${keyOf(each)}: seats fell` });
  }
  return broken;
}

/**
 * The need of a filled year does not rise, unless something was released. Seats that are bought fill a year at once;
 * where a count alone came down to the seats it had, the last count of the day decides.
 */
function judgeNeeds({ seen }: History): Broken[] {
  const broken: Broken[] = [];
  const filled = new Map<string, Seen>();
  const last = new Map<string, Seen>();
  for (const each of seen) {
    const key = keyOf(each);
    const before = last.get(key);
    last.set(key, each);
    if (each.released) filled.delete(key);
    else if (before?.standing.filled && (before.bought || before.on < each.on)) filled.set(key, before);
    const kept = filled.get(key);
    if (kept && hasMore(each.standing.need, kept.standing.need))
      broken.push({ id: "I-16", what: `${key}: need rose` });
  }
  return broken;
}

/** The current year of a product as it stands, for the judge of seats. */
export function lookAt(book: Book, product: Product, on: CivilDate, released: boolean): Seen | null {
  if (book.anchor === null || !book.started.has(product.code)) return null;
  const { index } = yearOn(book.anchor, on);
  const events = eventsOf(book, product);
  const standing = standingOn(events, index, on);
  const bought = allocationsOn(events, index, on).some(
    (each) => each.on === on && satisfies(product, each.need, standing.seats),
  );
  return { org: book.org, product: product.code, year: index, on, bought, standing, released };
}

/** Every invariant that a history breaks. */
export function judge(history: History): Broken[] {
  const byOrg = (org: string) => history.journal.filter((each) => each.org === org).map(({ draft }) => draft);
  return [
    ...judgeSums(history),
    ...judgeTransfers(history),
    ...[...history.books].flatMap(([org, book]) => [
      ...judgeSteps(org, byOrg(org)),
      ...judgeBook(org, book, byOrg(org)),
    ]),
    ...judgeStatuses(history),
    ...judgeSeats(history),
    ...judgeNeeds(history),
  ];
}
