import type { Book } from "./book.ts";
import { commodityOf, type Commodity } from "./catalogue.ts";
import { addDays, type CivilDate } from "./civil-date.ts";
import { ACCOUNTS } from "./journal.ts";
import { sumOf, usable, type Lot } from "./lots.ts";
import { restTicks, wholeLicences } from "./ticks.ts";

const SOON_DAYS = 180;

/** What a wallet holds of one commodity (L-10); each figure with the account whose postings sum to it. */
export interface Stock extends Commodity {
  readonly commodity: string;
  readonly available: number;
  /** Ticks beside the whole licences. */
  readonly fraction: number;
  /** Whole licences that wait for their product to start. */
  readonly locked: number;
  /** Whole licences that expire within 180 days, and the last day of the first of them. */
  readonly expiringSoon: number;
  readonly accounts: { readonly available: string; readonly locked: string };
  readonly lots: readonly Lot[];
}

export function stockOf(book: Book, on: CivilDate): Stock[] {
  const { org, lots } = book;
  const names = [...new Set([...lots.values()].map(({ commodity }) => commodity))].sort();
  return names.map((commodity) => {
    const all = [...lots.values()].filter((lot) => lot.commodity === commodity && lot.expiresOn > on);
    const free = usable(all, commodity, on);
    const locked = all.filter(({ place }) => place === "locked");
    const soon = free.filter(({ expiresOn }) => expiresOn <= addDays(on, SOON_DAYS));
    return {
      ...commodityOf(commodity),
      commodity,
      available: wholeLicences(sumOf(free)),
      fraction: restTicks(sumOf(free)),
      locked: wholeLicences(sumOf(locked)),
      expiringSoon: wholeLicences(sumOf(soon)),
      accounts: { available: ACCOUNTS.wallet(org), locked: ACCOUNTS.locked(org) },
      lots: [...free, ...locked],
    };
  });
}
