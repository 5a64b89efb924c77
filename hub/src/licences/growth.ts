import { addDays, type CivilDate } from "./civil-date.ts";
import { inUseOn, seatsOn, type ProductEvents } from "./events.ts";
import { withinGrowth } from "./need.ts";
import type { Year } from "./years.ts";

/** Days on end over the limit before anybody is told (L-31). */
const DAYS_BEFORE_FLAG = 3;

/** Since when there are too many devices for the seats of `year`, once it is so for three days on end. */
export function growthOn(
  events: ProductEvents,
  year: Year,
  on: CivilDate,
): { since: CivilDate; raisedOn: CivilDate } | null {
  const days = [
    year.start,
    ...events.needs.map((need) => need.on),
    ...events.allocations
      .filter((each) => each.year === year.index)
      .flatMap((each) => (each.releasedOn === null ? [each.on] : [each.on, each.releasedOn])),
  ].filter((day) => day >= year.start && day <= on);
  let since: CivilDate | null = null;
  for (const day of [...new Set(days)].sort()) {
    const within = withinGrowth(events.product, inUseOn(events, day), seatsOn(events, year.index, day));
    since = within ? null : (since ?? day);
  }
  if (since === null) return null;
  const raisedOn = addDays(since, DAYS_BEFORE_FLAG - 1);
  return raisedOn <= on ? { since, raisedOn } : null;
}
