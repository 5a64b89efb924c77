import { addDays, daysBetween, lastUsableDay, later, type CivilDate } from "./civil-date.ts";
import { inUseOn, seatsOn, type ProductEvents } from "./events.ts";
import { growthOn } from "./growth.ts";
import { at, growthAdvice, missing, total, type ByType, type GrowthAdvice } from "./need.ts";
import { standingOn, type Standing } from "./standing.ts";
import { yearAt, yearOn, type Year } from "./years.ts";

export const LICENCE_STATES = ["not_started", "trial", "grace", "licensed", "partial", "unlicensed"] as const;
export type LicenceState = (typeof LICENCE_STATES)[number];

/** What a product's licences are worth on a day. */
export interface ProductStatus {
  readonly state: LicenceState;
  readonly year: Year | null;
  /** The first day on which the state ends by itself; null when it does not. */
  readonly until: CivilDate | null;
  readonly daysLeft: number | null;
  readonly standing: Standing;
  readonly inUse: ByType;
  /** Devices in use that are covered, by type. */
  readonly covered: ByType;
  /** More devices than the seats of this year allow for, for three days or more (L-31): a warning, not a state. */
  readonly growth: (GrowthAdvice & { readonly since: CivilDate; readonly raisedOn: CivilDate }) | null;
}

/** Whom the grace of a year covers: everybody, so many seats, or nobody (L-27). */
export type GraceCover = "all" | ByType | null;

/**
 * Grace is for those who were entitled on the last day of the old year. After a year that was partly licensed, that is
 * as many as had seats then: the others had paid for nothing.
 */
export function graceCover(events: ProductEvents, index: number): GraceCover {
  const { anchor, startedOn } = events;
  if (anchor === null || startedOn === null) return null;
  const { start } = yearAt(anchor, index);
  if (startedOn >= start) return null;
  const lastDay = lastUsableDay(start);
  const state = stateOn(events, lastDay);
  if (state === "partial") return seatsOn(events, index - 1, lastDay);
  return state === "trial" || state === "grace" || state === "licensed" ? "all" : null;
}

function stateOn(events: ProductEvents, on: CivilDate): LicenceState {
  const { product, anchor, startedOn } = events;
  if (anchor === null || startedOn === null || startedOn > on) return "not_started";
  const year = yearOn(anchor, on);
  const { filled, seats } = standingOn(events, year.index, on);
  if (filled) return "licensed";
  if (on < addDays(startedOn, product.trialDays)) return "trial";
  if (on < addDays(year.start, product.graceDays) && graceCover(events, year.index) !== null) return "grace";
  return total(seats) > 0 ? "partial" : "unlicensed";
}

/** The end of the last year that is filled without a gap from `year` on. */
export function filledUntil(events: ProductEvents, anchor: CivilDate, year: Year, on: CivilDate): CivilDate {
  let next = year;
  while (standingOn(events, next.index, on).filled) next = yearAt(anchor, next.index + 1);
  return next.start;
}

function untilOf(events: ProductEvents, state: LicenceState, year: Year, on: CivilDate): CivilDate | null {
  const { product, anchor, startedOn } = events;
  if (anchor === null || startedOn === null) return null;
  if (state === "licensed") return filledUntil(events, anchor, year, on);
  const ends = [addDays(startedOn, product.trialDays), addDays(year.start, product.graceDays)] as const;
  if (state === "trial") return graceCover(events, year.index) === null ? ends[0] : later(...ends);
  return state === "grace" ? ends[1] : null;
}

/** The larger of the two for each type. */
const most = (a: ByType, b: ByType): ByType =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((type) => [
      type,
      Math.max(at(a, type), at(b, type)),
    ]),
  );

function coveredOn(events: ProductEvents, state: LicenceState, year: Year, on: CivilDate): ByType {
  const inUse = inUseOn(events, on);
  const seats = seatsOn(events, year.index, on);
  const cover = state === "grace" ? graceCover(events, year.index) : null;
  if (state === "licensed" || state === "trial" || cover === "all") return inUse;
  if (state === "unlicensed" || state === "not_started") return {};
  const short = missing(events.product, inUse, cover === null ? seats : most(seats, cover));
  return Object.fromEntries(Object.entries(inUse).map(([type, n]) => [type, n - at(short, type)]));
}

const NOTHING: Standing = { seats: {}, need: {}, filled: false, missing: {} };

/** A pure function of what happened and of the day: no clock, no memory (I-15). */
export function statusOn(events: ProductEvents, on: CivilDate): ProductStatus {
  const state = stateOn(events, on);
  const inUse = inUseOn(events, on);
  const { anchor } = events;
  if (state === "not_started" || anchor === null) {
    const standing = { ...NOTHING, need: inUse, missing: inUse };
    return {
      state: "not_started",
      year: null,
      until: null,
      daysLeft: null,
      standing,
      inUse,
      covered: {},
      growth: null,
    };
  }
  const year = yearOn(anchor, on);
  const until = untilOf(events, state, year, on);
  const over = state === "licensed" ? growthOn(events, year, on) : null;
  return {
    state,
    year,
    until,
    daysLeft: until === null ? null : daysBetween(on, until),
    standing: standingOn(events, year.index, on),
    inUse,
    covered: coveredOn(events, state, year, on),
    growth: over && { ...over, ...growthAdvice(events.product, inUse, seatsOn(events, year.index, on)) },
  };
}
