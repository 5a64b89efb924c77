import { Fault } from "@fyr/protocol";
import { eventsOf, productOf } from "./book.ts";
import { commodityName, type Commodity, type Product } from "./catalogue.ts";
import { addYears, type CivilDate } from "./civil-date.ts";
import { arithmeticText, compensationTicks, seatsFor } from "./compensation.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry, type LotFacts, type Seats } from "./journal.ts";
import { added, at, missing, total, type ByType } from "./need.ts";
import { standingOn } from "./standing.ts";
import { takeFromWallet, available, insufficient, walletEntries } from "./take.ts";
import { ticksOf } from "./ticks.ts";
import { yearAt, yearOn, type Year } from "./years.ts";

export interface AllocationWish {
  readonly product: string;
  /** Each year once; they are filled in their order, all of them or none. */
  readonly years: readonly { readonly index: number; readonly items: ByType }[];
}

/** The year that allocations begin with today. @throws Fault `SUBSCRIPTION_NOT_STARTED` */
export function currentYear(desk: Desk, product: Product): { anchor: CivilDate; current: Year } {
  const { anchor, started } = desk.book();
  if (anchor === null || !started.has(product.code))
    throw new Fault("SUBSCRIPTION_NOT_STARTED", { product: product.code });
  return { anchor, current: yearOn(anchor, desk.today) };
}

/** @throws Fault `YEAR_PAST`, `TOO_FAR_AHEAD`, `YEAR_ORDER` (L-23, L-24) */
function demandFillable(desk: Desk, product: Product, current: Year, index: number): void {
  if (index < current.index) throw new Fault("YEAR_PAST", { year: index, current: current.index });
  const last = current.index + product.maxYearsAhead;
  if (index > last) throw new Fault("TOO_FAR_AHEAD", { year: index, last });
  if (index === current.index) return;
  const before = standingOn(eventsOf(desk.book(), product), index - 1, desk.today);
  if (!before.filled) throw new Fault("YEAR_ORDER", { year: index, fillFirst: index - 1 });
}

/** @throws Fault `BELOW_NEED` when seats would still be missing, `MESSAGE_INVALID` for a type that there is not */
function demandEnough(desk: Desk, product: Product, index: number, items: ByType): ByType {
  if (total(items) === 0 || Object.keys(items).some((type) => !product.types.includes(type)))
    throw new Fault("MESSAGE_INVALID", { problems: ["items: expected types of the product"] });
  const { need, seats } = standingOn(eventsOf(desk.book(), product), index, desk.today);
  const [short] = Object.entries(missing(product, need, added(seats, items)));
  if (short)
    throw new Fault("BELOW_NEED", {
      year: index,
      type: short[0],
      need: at(need, short[0]),
      missing: short[1],
    });
  return need;
}

const subscription = (product: Product, type: string): Commodity => ({
  product: product.code,
  type,
  kind: "subscription",
});

/** @throws Fault `WALLET_INSUFFICIENT` for all years together, before anything is posted */
function demandInWallet(desk: Desk, product: Product, years: AllocationWish["years"]): void {
  const all = years.reduce<ByType>((sum, { items }) => added(sum, items), {});
  for (const [type, qty] of Object.entries(all)) {
    const found = available(desk, subscription(product, type));
    if (qty > found) throw insufficient(subscription(product, type), qty, found);
  }
}

/** Credits the days that are gone and were not entitled to the wallet, as a lot of its own (L-40, R-134). */
function compensate(
  desk: Desk,
  product: Product,
  year: Year,
  allocation: string,
  seats: readonly Seats[],
): void {
  const byType = new Map<string, number>();
  for (const each of seats)
    byType.set(each.type, (byType.get(each.type) ?? 0) + compensationTicks(each, year));
  const credits = [...byType].filter(([, ticks]) => ticks > 0);
  if (credits.length === 0) return;
  const { org } = desk.book();
  const lots: LotFacts[] = [];
  const entries = credits.flatMap(([type, ticks]): Entry[] => {
    const commodity = commodityName(subscription(product, type));
    const expiresOn = addYears(desk.today, product.walletLifeYears);
    const lot: LotFacts = {
      id: desk.nextId(),
      commodity,
      creditedOn: desk.today,
      expiresOn,
      origin: "compensation",
    };
    lots.push(lot);
    return [
      { account: ACCOUNTS.year(org, year.index), commodity, ticks: -ticks },
      { account: ACCOUNTS.wallet(org), commodity, ticks, lot: lot.id },
    ];
  });
  const arithmetic = arithmeticText(seats, year);
  desk.post("year.compensate", entries, {
    product: product.code,
    year: year.index,
    of: allocation,
    lots,
    seats,
    arithmetic,
  });
}

function fillYear(desk: Desk, product: Product, year: Year, items: ByType, need: ByType): void {
  const { org } = desk.book();
  const seats = seatsFor(eventsOf(desk.book(), product), year, desk.today, items);
  const allocation = desk.nextId();
  const entries = Object.entries(items)
    .filter(([, qty]) => qty > 0)
    .flatMap(([type, qty]): Entry[] => {
      const commodity = subscription(product, type);
      const from = walletEntries(desk, takeFromWallet(desk, commodity, qty));
      return [
        ...from,
        { account: ACCOUNTS.year(org, year.index), commodity: commodityName(commodity), ticks: ticksOf(qty) },
      ];
    });
  desk.post("year.allocate", entries, { product: product.code, year: year.index, allocation, seats, need });
  compensate(desk, product, year, allocation, seats);
}

/**
 * Fills years from the wallet: the current one, whose elapsed days are compensated, and years ahead (L-23, L-24, L-33,
 * L-40). All of the wish or nothing.
 *
 * @throws Fault as its parts say
 */
export function allocate(desk: Desk, wish: AllocationWish): void {
  const product = productOf(desk.catalogue, wish.product);
  const { anchor, current } = currentYear(desk, product);
  const years = [...wish.years].sort((a, b) => a.index - b.index);
  if (years.length === 0 || new Set(years.map(({ index }) => index)).size !== years.length)
    throw new Fault("MESSAGE_INVALID", { problems: ["years: expected each year once"] });
  let checkedWallet = false;
  for (const { index, items } of years) {
    demandFillable(desk, product, current, index);
    const need = demandEnough(desk, product, index, items);
    if (!checkedWallet) demandInWallet(desk, product, years);
    checkedWallet = true;
    fillYear(desk, product, yearAt(anchor, index), items, need);
  }
}
