import type { OrgId } from "@fyr/protocol";
import { apply, emptyBook, type Book } from "./book.ts";
import type { CivilDate } from "./civil-date.ts";
import { bodyOf } from "./sealed.ts";
import type { LedgerStore, Posted } from "./store.ts";

export const PAGE = 1_000;

/** A ledger's journal from its first record to number `end`, a page at a time. */
export async function* journalPages(
  store: LedgerStore,
  orgId: OrgId,
  end = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Posted[]> {
  for (let after = 0; ;) {
    const found = await store.journal(orgId, { after: String(after), limit: PAGE });
    const page = found.slice(0, PAGE).filter(({ seq }) => seq <= end);
    if (page.length > 0) yield page;
    if (page.length < PAGE || found.length <= PAGE) return;
    after = page[PAGE - 1]?.seq ?? end;
  }
}

/** A ledger's journal from its first record. */
export async function* journalOf(store: LedgerStore, orgId: OrgId): AsyncGenerator<Posted> {
  for await (const page of journalPages(store, orgId)) yield* page;
}

/** What the journal adds up to, read from its beginning. */
export async function bookFromJournal(store: LedgerStore, orgId: OrgId): Promise<Book> {
  let book = emptyBook(orgId);
  for await (const posted of journalOf(store, orgId)) book = apply(book, posted);
  return book;
}

const plain = (book: Book): Record<string, unknown> => {
  const sorted = <V>(map: ReadonlyMap<string, V>): [string, V][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    anchor: book.anchor,
    started: sorted(book.started),
    lots: sorted(book.lots),
    balances: sorted(book.balances).map(([account, held]) => [account, sorted(held)]),
    allocations: sorted(book.allocations),
  };
};

/** In which of its parts what is stored differs from what the journal says (I-11). */
export function differences(stored: Book, replayed: Book): string[] {
  const [one, other] = [plain(stored), plain(replayed)];
  return Object.keys(one).filter((part) => canonical(one[part]) !== canonical(other[part]));
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** Before any date that there is. */
export const ALWAYS = "0000-01-01" as CivilDate;

/** Reads one organisation's balances, lots and seats from the journal again and puts them in place. */
export async function rebuild(store: LedgerStore, orgId: OrgId): Promise<string[]> {
  await store.lockLedgers([orgId]);
  const replayed = await bookFromJournal(store, orgId);
  const found = differences(await store.book(orgId, ALWAYS), replayed);
  if (found.length > 0) await store.replaceBook(replayed);
  return found;
}

/** A record as the chain sees it. */
export const linkOf = (posted: Posted) => ({
  seq: posted.seq,
  previous: posted.previous,
  hash: posted.hash,
  body: bodyOf(posted),
});
