import { Fault } from "@fyr/protocol";
import { eventsOf, productOf } from "./book.ts";
import type { CivilDate } from "./civil-date.ts";
import { currentYear } from "./allocate.ts";
import type { Desk } from "./desk.ts";
import type { Allocation } from "./events.ts";
import { ACCOUNTS, type Entry } from "./journal.ts";
import { settle } from "./settle.ts";
import { standingOn } from "./standing.ts";
import { yearAt } from "./years.ts";

const UNDO_MS = 24 * 3_600_000;

/** @throws Fault `RELEASE_REFUSED` with the reason: past, too late, or undone once before */
function demandReleasable(
  desk: Desk,
  allocation: Allocation,
  year: { start: CivilDate; end: CivilDate },
): void {
  const { product, year: index } = allocation;
  const refuse = (reason: string) => new Fault("RELEASE_REFUSED", { reason, year: index });
  if (allocation.releasedOn !== null) throw refuse("released");
  if (year.end <= desk.today) throw refuse("past");
  if (year.start > desk.today) return;
  if (desk.now - allocation.at >= UNDO_MS) throw refuse("too_late");
  const undone = [...desk.book().allocations.values()].some(
    (each) =>
      each.product === product &&
      each.year === index &&
      each.releasedOn !== null &&
      each.releasedOn >= year.start,
  );
  if (undone) throw refuse("once");
}

/** @throws Fault `COMPENSATION_SPENT` when what it credited is not all there any more */
function takeBack(desk: Desk, allocation: Allocation, yearAccount: string): Entry[] {
  const { lots, org } = desk.book();
  return allocation.credited.flatMap(({ lot, commodity, ticks }): Entry[] => {
    if ((lots.get(lot)?.ticks ?? 0) < ticks) throw new Fault("COMPENSATION_SPENT", { year: allocation.year });
    return [
      { account: ACCOUNTS.wallet(org), commodity, ticks: -ticks, lot },
      { account: yearAccount, commodity, ticks },
    ];
  });
}

/**
 * Gives an allocation back to the lots that it came from: of a year that has not begun, or of the current year within
 * 24 hours, once per product and year (licensing.md 2.3).
 *
 * @throws Fault `NOT_FOUND`, `RELEASE_REFUSED`, `COMPENSATION_SPENT`, `YEAR_ORDER`
 */
export function release(desk: Desk, allocationId: string): void {
  const allocation = desk.book().allocations.get(allocationId);
  if (!allocation) throw new Fault("NOT_FOUND");
  const product = productOf(desk.catalogue, allocation.product);
  const { anchor } = currentYear(desk, product);
  const year = yearAt(anchor, allocation.year);
  demandReleasable(desk, allocation, year);
  const { org } = desk.book();
  const account = ACCOUNTS.year(org, year.index);
  const back = allocation.drawn.flatMap(({ lot, ticks }): Entry[] => [
    { account, commodity: lot.commodity, ticks: -ticks },
    { account: ACCOUNTS.wallet(org), commodity: lot.commodity, ticks, lot: lot.id },
  ]);
  const entries = [...takeBack(desk, allocation, account), ...back];
  const lots = allocation.drawn.map(({ lot }) => lot);
  desk.post("year.release", entries, { product: product.code, year: year.index, of: allocationId, lots });
  demandOrder(desk, allocation);
  // A lot may have passed its date meanwhile; its date does not move (L-13).
  settle(desk);
}

/** No year may be left short before one that has seats (L-24). */
function demandOrder(desk: Desk, { product: code, year }: Allocation): void {
  const events = eventsOf(desk.book(), productOf(desk.catalogue, code));
  if (standingOn(events, year, desk.today).filled) return;
  const after = [...desk.book().allocations.values()].some(
    (each) => each.product === code && each.year > year && each.releasedOn === null,
  );
  if (after) throw new Fault("YEAR_ORDER", { year: year + 1, fillFirst: year });
}
