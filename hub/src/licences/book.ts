import { Fault } from "@fyr/protocol";
import type { Catalogue, Product } from "./catalogue.ts";
import { commodityOf, LICENCE_KINDS } from "./catalogue.ts";
import type { CivilDate } from "./civil-date.ts";
import type { Allocation, NeedSnapshot, ProductEvents } from "./events.ts";
import { imbalance, type Draft, type Entry, type LotFacts } from "./journal.ts";
import type { Lot } from "./lots.ts";

/** What an organisation's journal adds up to, with the devices that it counts for. */
export interface Book {
  readonly org: string;
  readonly anchor: CivilDate | null;
  /** When each product was started. */
  readonly started: ReadonlyMap<string, CivilDate>;
  /** Lots that are not empty. */
  readonly lots: ReadonlyMap<string, Lot>;
  /** By account, then by commodity; what the accounts of the hub hold is this organisation's share of it. */
  readonly balances: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly allocations: ReadonlyMap<string, Allocation>;
  /** Not of the journal: devices in use, by product, as they were counted. */
  readonly needs: ReadonlyMap<string, readonly NeedSnapshot[]>;
}

export const emptyBook = (org: string): Book => ({
  org,
  anchor: null,
  started: new Map(),
  lots: new Map(),
  balances: new Map(),
  allocations: new Map(),
  needs: new Map(),
});

/** @throws Fault `PRODUCT_UNKNOWN` */
export function productOf(catalogue: Catalogue, code: string): Product {
  const found = catalogue.find((product) => product.code === code);
  if (!found) throw new Fault("PRODUCT_UNKNOWN", { product: code });
  return found;
}

export const eventsOf = (book: Book, product: Product): ProductEvents => ({
  product,
  anchor: book.anchor,
  startedOn: book.started.get(product.code) ?? null,
  allocations: [...book.allocations.values()].filter((each) => each.product === product.code),
  needs: book.needs.get(product.code) ?? [],
});

export const balanceOf = (book: Book, account: string, commodity: string): number =>
  book.balances.get(account)?.get(commodity) ?? 0;

/** The book with devices counted on a day; the last count of a day stands for it. */
export function counted(book: Book, product: string, snapshot: NeedSnapshot): Book {
  const before = (book.needs.get(product) ?? []).filter(({ on }) => on < snapshot.on);
  return { ...book, needs: new Map(book.needs).set(product, [...before, snapshot]) };
}

/** Accounts of which an organisation's share may be negative: the whole of them is never, but for the issuer. */
const sharesMayBeNegative = (account: string): boolean => /^(issuer$|transit$|hw:|ext:)/.test(account);

function posted(balances: Book["balances"], entries: readonly Entry[]): Book["balances"] {
  const next = new Map(balances);
  for (const { account, commodity, ticks } of entries) {
    const held = new Map(next.get(account));
    const sum = (held.get(commodity) ?? 0) + ticks;
    if (sum === 0) held.delete(commodity);
    else held.set(commodity, sum);
    if (held.size === 0) next.delete(account);
    else next.set(account, held);
  }
  return next;
}

const placeOf = (account: string): Lot["place"] | null =>
  account.startsWith("wallet:") ? "wallet" : account.startsWith("locked:") ? "locked" : null;

function movedLots(lots: Book["lots"], entries: readonly Entry[], made: readonly LotFacts[]): Book["lots"] {
  const next = new Map(lots);
  for (const { account, lot: id, ticks } of entries) {
    const place = placeOf(account);
    if (place === null) continue;
    const known = id === undefined ? undefined : (next.get(id) ?? made.find((lot) => lot.id === id));
    if (!known) throw new Error(`a posting on ${account} names no lot`);
    const held = "ticks" in known ? (known as Lot).ticks : 0;
    const sum = held + ticks;
    if (sum < 0) throw new Error(`lot ${known.id} would be negative`);
    if (sum === 0) next.delete(known.id);
    else
      next.set(known.id, {
        ...known,
        place: ticks > 0 ? place : ((known as Lot).place ?? place),
        ticks: sum,
      });
  }
  return next;
}

function withAllocation(book: Book, draft: Draft): Book["allocations"] {
  const { type, facts, entries } = draft;
  const next = new Map(book.allocations);
  const of = facts.of === undefined ? undefined : next.get(facts.of);
  if (type === "year.allocate") {
    const { allocation: id = "", product = "", year = 0, seats = [], need = {} } = facts;
    const drawn = entries.flatMap(({ lot: lotId, ticks }) => {
      const lot = lotId === undefined ? undefined : book.lots.get(lotId);
      return lot ? [{ lot: factsOf(lot), ticks: -ticks }] : [];
    });
    const at = { on: draft.effectiveOn, at: draft.recordedAt, releasedOn: null };
    next.set(id, { id, product, year, seats, need, drawn, credited: [], ...at });
  }
  if (type === "year.compensate" && of) {
    const credited = entries.flatMap(({ lot, commodity, ticks }) =>
      lot === undefined ? [] : [{ lot, commodity, ticks }],
    );
    next.set(of.id, { ...of, credited: [...of.credited, ...credited] });
  }
  if (type === "year.release" && of) next.set(of.id, { ...of, releasedOn: draft.effectiveOn });
  return next;
}

/** A lot without what is left in it. */
export const factsOf = ({ place: _place, ticks: _ticks, ...facts }: Lot): LotFacts => facts;

function checked(book: Book, { type, entries }: Draft): Book {
  for (const { commodity } of entries) {
    if (!LICENCE_KINDS.includes(commodityOf(commodity).kind))
      throw new Error(`unknown commodity ${commodity}`);
  }
  for (const { account, commodity } of entries) {
    if (!sharesMayBeNegative(account) && balanceOf(book, account, commodity) < 0)
      throw new Error(`${type} would make ${account} negative`);
  }
  return book;
}

/**
 * The book after one more record: the only way in which one comes from another, for what is posted now and for what is
 * read again from the journal (I-11).
 *
 * @throws Error for a record that no command may make: unbalanced, or an account below nothing
 */
export function apply(book: Book, draft: Draft): Book {
  const { type, facts, entries, effectiveOn } = draft;
  if (imbalance(entries).size > 0) throw new Error(`${type} does not balance`);
  const started =
    type === "product.start" && facts.product !== undefined
      ? new Map(book.started).set(facts.product, effectiveOn)
      : book.started;
  const next: Book = {
    ...book,
    anchor: facts.anchor ?? book.anchor,
    started,
    balances: posted(book.balances, entries),
    lots: movedLots(book.lots, entries, facts.lots ?? []),
    allocations: withAllocation(book, draft),
  };
  return checked(next, draft);
}

export const replay = (org: string, journal: Iterable<Draft>): Book => {
  let book = emptyBook(org);
  for (const draft of journal) book = apply(book, draft);
  return book;
};
