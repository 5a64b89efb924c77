import { addYears, daysBetween, type CivilDate } from "./civil-date.ts";

/** One subscription year of an organisation: from an anniversary to the next (L-20). */
export interface Year {
  readonly index: number;
  readonly start: CivilDate;
  /** The first day that is not in it. */
  readonly end: CivilDate;
  readonly days: number;
}

/** Year `index`, reckoned from the anchor and never from another year, so that 29 February comes back (W-16). */
export function yearAt(anchor: CivilDate, index: number): Year {
  const [start, end] = [addYears(anchor, index), addYears(anchor, index + 1)];
  return { index, start, end, days: daysBetween(start, end) };
}

/** Index of the year that `date` is in; negative before the anchor. */
export function yearIndexOn(anchor: CivilDate, date: CivilDate): number {
  const guess = Number(date.slice(0, 4)) - Number(anchor.slice(0, 4));
  return date < addYears(anchor, guess) ? guess - 1 : guess;
}

export const yearOn = (anchor: CivilDate, date: CivilDate): Year => yearAt(anchor, yearIndexOn(anchor, date));
