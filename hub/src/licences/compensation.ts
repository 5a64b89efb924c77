import { addDays, daysBetween, earlier, later, type CivilDate } from "./civil-date.ts";
import { seatsOn, type ProductEvents } from "./events.ts";
import type { SeatKind, Seats } from "./journal.ts";
import { at, total, type ByType } from "./need.ts";
import { standingOn } from "./standing.ts";
import { graceCover } from "./status.ts";
import { licencesText, ticksPerDay } from "./ticks.ts";
import type { Year } from "./years.ts";

/** Days of `[from, to)`; none when it ends before it begins. */
const daysWithin = (from: CivilDate, to: CivilDate): number => Math.max(0, daysBetween(from, to));

/** Days from the year's start up to `on` that a seat of the year's own need was entitled: in trial or grace. */
function entitledDays(events: ProductEvents, year: Year, on: CivilDate, grace: boolean): number {
  const { product, startedOn } = events;
  if (startedOn === null) return 0;
  const trialFrom = earlier(later(startedOn, year.start), on);
  const trialTo = later(trialFrom, earlier(addDays(startedOn, product.trialDays), on));
  const graceTo = grace ? earlier(addDays(year.start, product.graceDays), on) : year.start;
  // Grace begins with the year; what the trial adds is what lies behind it.
  return daysWithin(year.start, graceTo) + daysWithin(later(trialFrom, graceTo), trialTo);
}

interface Part {
  readonly type: string;
  readonly qty: number;
  readonly kind: SeatKind;
}

/** Which of the seats fill a shortage of the year itself, and which are growth (L-41). */
function partsOf(events: ProductEvents, year: Year, on: CivilDate, items: ByType): Part[] {
  const { seats, missing } = standingOn(events, year.index, on);
  const types = Object.keys(items).filter((type) => at(items, type) > 0);
  if (total(seats) === 0) return types.map((type) => ({ type, qty: at(items, type), kind: "fill" }));
  const short = new Map(Object.entries(missing));
  const rest = new Map(types.map((type) => [type, at(items, type)]));
  const take = (type: string, need: string): void => {
    const n = Math.min(rest.get(type) ?? 0, short.get(need) ?? 0);
    rest.set(type, (rest.get(type) ?? 0) - n);
    short.set(need, (short.get(need) ?? 0) - n);
  };
  for (const type of types) take(type, type);
  for (const type of types) for (const other of events.product.substitutes[type] ?? []) take(type, other);
  const part = (type: string, qty: number, kind: SeatKind) => ({ type, qty, kind });
  return types
    .flatMap((type) => {
      const growth = rest.get(type) ?? 0;
      return [part(type, at(items, type) - growth, "topUp"), part(type, growth, "growth")];
    })
    .filter(({ qty }) => qty > 0);
}

/**
 * The seats of an allocation, each with the days that have gone of the year in which it was not entitled. They are
 * given back (L-40); the year's dates stay.
 */
export function seatsFor(events: ProductEvents, year: Year, on: CivilDate, items: ByType): Seats[] {
  const elapsed = daysWithin(year.start, on);
  const parts = partsOf(events, year, on, items);
  if (elapsed === 0 || events.product.compensationBasis === "elapsed") {
    return parts.map((part) => ({ ...part, overlapDays: elapsed }));
  }
  const cover = graceCover(events, year.index);
  const already = seatsOn(events, year.index, on);
  return parts.flatMap((part) => {
    if (part.kind === "growth") return [{ ...part, overlapDays: elapsed }];
    const inGrace =
      cover === "all"
        ? part.qty
        : Math.min(part.qty, Math.max(0, at(cover ?? {}, part.type) - at(already, part.type)));
    const days = (grace: boolean) => elapsed - entitledDays(events, year, on, grace);
    return [
      { ...part, qty: inGrace, overlapDays: days(true) },
      { ...part, qty: part.qty - inGrace, overlapDays: days(false) },
    ].filter(({ qty }) => qty > 0);
  });
}

export const compensationTicks = ({ qty, overlapDays }: Seats, { days }: Year): number =>
  qty * overlapDays * ticksPerDay(days);

/** What the year keeps of a seat's value. */
export const valueTicks = ({ qty, overlapDays }: Seats, { days }: Year): number =>
  qty * (days - overlapDays) * ticksPerDay(days);

/** As it is shown before the click and kept in the history (L-43). */
export const arithmeticText = (seats: readonly Seats[], year: Year): string =>
  seats
    .filter(({ overlapDays }) => overlapDays > 0)
    .map(
      (each) =>
        `${each.qty} ${each.type} seats, ${each.overlapDays} of ${year.days} days not used → ` +
        `${licencesText(compensationTicks(each, year))} licences credited`,
    )
    .join("; ");
