import { apply, type Book } from "./book.ts";
import type { Catalogue } from "./catalogue.ts";
import type { CivilDate } from "./civil-date.ts";
import type { Draft, Entry, TxFacts, TxType } from "./journal.ts";

/** Under what a command runs: the day and the moment are values, so that ten years can be walked. */
export interface Terms {
  readonly catalogue: Catalogue;
  readonly today: CivilDate;
  /** By the hub's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly actor: string;
  readonly nextId: () => string;
}

/** Where a command does its work: each record that it posts is in the book for the next. */
export interface Desk extends Terms {
  readonly book: () => Book;
  /** What was posted here, in order. */
  readonly drafts: () => readonly Draft[];
  post(type: TxType, entries: readonly Entry[], facts?: TxFacts, effectiveOn?: CivilDate): Draft;
}

export function openDesk(start: Book, terms: Terms): Desk {
  let book = start;
  const drafts: Draft[] = [];
  return {
    ...terms,
    book: () => book,
    drafts: () => drafts,
    post(type, entries, facts = {}, effectiveOn = terms.today) {
      const { actor, now, nextId } = terms;
      const draft: Draft = { id: nextId(), type, effectiveOn, recordedAt: now, actor, entries, facts };
      book = apply(book, draft);
      drafts.push(draft);
      return draft;
    },
  };
}

/** The system itself, where nobody asked: what expires, what is closed (L-81). */
export const SYSTEM_ACTOR = "hub";

/** The same desk with the system as actor. */
export const bySystem = (terms: Terms): Terms => ({ ...terms, actor: SYSTEM_ACTOR });
