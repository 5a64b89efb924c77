import type {
  LicenceChange,
  LicenceGuide,
  LicenceRecord,
  LicenceStock,
  LicenceYear,
  LicensedSystem,
  ProductLicences,
} from "@fyr/protocol";
import { balanceOf, eventsOf, type Book } from "./book.ts";
import { commodityName, commodityOf, type Product } from "./catalogue.ts";
import { addYears, civilDateAt, lastUsableDay, type CivilDate } from "./civil-date.ts";
import { allocationsOn, seatsOf } from "./events.ts";
import { capacityOf, type HardwareBalances } from "./hardware.ts";
import { guideOf, sellersOf } from "./guide.ts";
import { ACCOUNTS, type Draft } from "./journal.ts";
import type { Sitting } from "./command.ts";
import type { Lot } from "./lots.ts";
import type { ByType } from "./need.ts";
import { standingOn } from "./standing.ts";
import { statusOn } from "./status.ts";
import type { LicenceFileRecord, Posted, SystemRecord } from "./store.ts";
import { wholeLicences } from "./ticks.ts";
import { stockOf } from "./wallet.ts";
import { yearAt, yearOn, type Year } from "./years.ts";

type Shown = Pick<Sitting, "orgId" | "name" | "before" | "desk">;

/** What people are shown of licences: values as the API gives them. */
export function showRecord(draft: Draft & Partial<Posted>): LicenceRecord {
  const { facts } = draft;
  return {
    ...{
      seq: draft.seq ?? null,
      id: draft.id,
      type: draft.type,
      on: draft.effectiveOn,
      at: draft.recordedAt,
    },
    ...{ actor: draft.actor, product: facts.product ?? null, year: facts.year ?? null },
    postings: draft.entries.map(({ lot = null, ...entry }) => ({ ...entry, lot })),
    allocation: facts.allocation ?? facts.of ?? null,
    ...{ arithmetic: facts.arithmetic ?? null, transfer: facts.transfer ?? null },
    ...{ reason: facts.reason ?? null, hash: draft.hash ?? null },
  };
}

/** What was done at a desk, or would be. */
export function showChange({ orgId, name, before, desk }: Shown, preview = false): LicenceChange {
  const [after, drafts] = [desk.book(), desk.drafts()];
  const account = ACCOUNTS.wallet(after.org);
  const moved = drafts.flatMap(({ entries }) => entries).filter((entry) => entry.account === account);
  return {
    ...{ preview, organisation: { id: orgId, name } },
    records: drafts.map(showRecord),
    arithmetic: drafts.flatMap(({ facts }) => (facts.arithmetic === undefined ? [] : [facts.arithmetic])),
    wallet: [...new Set(moved.map(({ commodity }) => commodity))].sort().map((commodity) => ({
      commodity,
      before: balanceOf(before, account, commodity),
      after: balanceOf(after, account, commodity),
    })),
  };
}

const showLot = ({ id, place, ticks, creditedOn, expiresOn, origin, keyHint, termYears }: Lot) => ({
  ...{ id, place, ticks, creditedOn, lastDay: lastUsableDay(expiresOn), origin },
  ...{ keyHint: keyHint ?? null, termYears: termYears ?? null },
});

export const showStock = (book: Book, on: CivilDate, product?: string): LicenceStock[] =>
  stockOf(book, on)
    .filter((stock) => product === undefined || stock.product === product)
    .map((stock) => ({ ...stock, lots: stock.lots.map(showLot) }));

const showSpan = ({ index, start, end, days }: Year) => ({ index, start, lastDay: lastUsableDay(end), days });

export function showProduct(
  book: Book,
  product: Product,
  on: CivilDate,
  { registered, help }: { readonly registered: boolean; readonly help: LicenceGuide },
): ProductLicences {
  const events = eventsOf(book, product);
  const { state, year, until, daysLeft, standing, inUse, covered, growth } = statusOn(events, on);
  return {
    ...{ product: product.code, name: product.name, types: [...product.types], registered },
    ...{ startedOn: events.startedOn, state, year: year && showSpan(year) },
    ...{ lastDay: until && lastUsableDay(until), daysLeft },
    ...{ seats: standing.seats, need: standing.need, missing: standing.missing, inUse, covered, growth },
    stock: showStock(book, on, product.code),
    ...{ guide: guideOf(help, product.code), sellers: sellersOf(help, product.code) },
  };
}

/** The current year and those that can be filled ahead; empty before the product is started. */
export function showYears(book: Book, product: Product, on: CivilDate): LicenceYear[] {
  const { anchor } = book;
  if (anchor === null || !book.started.has(product.code)) return [];
  const events = eventsOf(book, product);
  const current = yearOn(anchor, on);
  let open = true;
  return Array.from({ length: product.maxYearsAhead + 1 }, (_, ahead) => {
    const year = yearAt(anchor, current.index + ahead);
    const { seats, need, missing, filled } = standingOn(events, year.index, on);
    const account = ACCOUNTS.year(book.org, year.index);
    const held = product.types.map(
      (type) =>
        [
          type,
          balanceOf(book, account, commodityName({ product: product.code, type, kind: "subscription" })),
        ] as const,
    );
    const shown = {
      ...{ ...showSpan(year), current: ahead === 0, need, seats, missing, filled, open, account },
      ticks: Object.fromEntries(held.filter(([, ticks]) => ticks > 0)),
      allocations: allocationsOn(events, year.index, on).map(({ id, on: day, seats: given, credited }) => ({
        ...{ id, on: day, seats: seatsOf(given) },
        credited: credited.reduce((sum, { ticks }) => sum + ticks, 0),
      })),
    };
    open &&= filled;
    return shown;
  });
}

/** Whole licences by type out of balances by commodity. */
export const byTypeOf = (balances: ReadonlyMap<string, number>): ByType =>
  Object.fromEntries(
    [...balances].map(([commodity, ticks]) => [commodityOf(commodity).type, wholeLicences(ticks)]),
  );

export function showSystem(
  system: Omit<
    SystemRecord,
    "orgId" | "publicKey" | "softwareVersion" | "sequence" | "removedAt" | "givenUpAt"
  >,
  held: HardwareBalances | null,
  file: LicenceFileRecord | null,
  now: number,
): LicensedSystem {
  const { counts } = system;
  const of = held && capacityOf(byTypeOf(held.preloaded), byTypeOf(held.extension), counts);
  return {
    ...{ id: system.id, product: system.product, name: system.name, connectivity: system.connectivity },
    ...{ licensing: system.licensing, hardware: system.hwId, inUse: counts },
    ...{ capacity: of && of.capacity, shortage: of ? of.shortage : {} },
    ...{ registeredAt: system.registeredAt, reportedAt: system.reportedAt },
    outOfDate: addYears(civilDateAt(system.reportedAt), 1) < civilDateAt(now),
    fileLastDay: file?.validUntil ? lastUsableDay(file.validUntil) : null,
  };
}
