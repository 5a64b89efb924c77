import { later, type CivilDate } from "./civil-date.ts";
import { allocationsOn, inUseOn, seatsOn, type ProductEvents } from "./events.ts";
import { missing, satisfies, total, type ByType } from "./need.ts";
import { yearAt } from "./years.ts";

/** How far a year is filled on a day. */
export interface Standing {
  readonly seats: ByType;
  /** Frozen once the year has begun and was filled; until then it follows the devices in use (L-29). */
  readonly need: ByType;
  readonly filled: boolean;
  readonly missing: ByType;
}

/** Days on which something may have changed that the need of a year depends on. */
function turningDays(events: ProductEvents, year: number, from: CivilDate, to: CivilDate): CivilDate[] {
  const days = [
    from,
    ...events.needs.map(({ on }) => on),
    ...events.allocations
      .filter((each) => each.year === year)
      .flatMap(({ on, releasedOn }) => (releasedOn === null ? [on] : [on, releasedOn])),
  ].filter((day) => day >= from && day <= to);
  return [...new Set(days)].sort();
}

/** The need that a year keeps since it was first filled; null when it is not. */
function frozenNeed(events: ProductEvents, year: number, from: CivilDate, to: CivilDate): ByType | null {
  const { product } = events;
  let frozen: ByType | null = null;
  for (const day of turningDays(events, year, from, to)) {
    const seats = seatsOn(events, year, day);
    if (frozen && !satisfies(product, frozen, seats)) frozen = null;
    if (frozen || total(seats) === 0) continue;
    const bought = allocationsOn(events, year, day).findLast(({ on }) => on === day)?.need;
    const needs = bought ? [bought, inUseOn(events, day)] : [inUseOn(events, day)];
    frozen = needs.find((need) => satisfies(product, need, seats)) ?? null;
  }
  return frozen;
}

/** How year `index` stands on a day, whether it is past, current or still to come. */
export function standingOn(events: ProductEvents, index: number, on: CivilDate): Standing {
  const { product, anchor, startedOn } = events;
  const seats = seatsOn(events, index, on);
  const inUse = inUseOn(events, on);
  const begun = anchor !== null && startedOn !== null && yearAt(anchor, index).start <= on;
  const frozen = begun ? frozenNeed(events, index, later(yearAt(anchor, index).start, startedOn), on) : null;
  const need = frozen ?? inUse;
  const short = missing(product, need, seats);
  return { seats, need, filled: total(seats) > 0 && total(short) === 0, missing: short };
}
