import type { Product } from "./catalogue.ts";
import type { CivilDate } from "./civil-date.ts";
import type { LotFacts, Seats } from "./journal.ts";
import { added, type ByType } from "./need.ts";

/** Devices in use from a date on, until a later snapshot says otherwise (L-28). */
export interface NeedSnapshot {
  readonly on: CivilDate;
  readonly byType: ByType;
}

/** Seats given to a year by one confirmation. */
export interface Allocation {
  readonly id: string;
  readonly product: string;
  readonly year: number;
  readonly on: CivilDate;
  /** By the hub's clock: the 24 hours in which a current year can be undone. */
  readonly at: number;
  readonly seats: readonly Seats[];
  /** What the year needed at that moment: the need that a filled year keeps (L-29). */
  readonly need: ByType;
  /** Which lots it drew, so that a release can give them back as they were. */
  readonly drawn: readonly { readonly lot: LotFacts; readonly ticks: number }[];
  /** What its compensation credited. */
  readonly credited: readonly { readonly lot: string; readonly commodity: string; readonly ticks: number }[];
  readonly releasedOn: CivilDate | null;
}

/** All that a product's status depends on: facts with dates, nothing else (I-15). */
export interface ProductEvents {
  readonly product: Product;
  readonly anchor: CivilDate | null;
  readonly startedOn: CivilDate | null;
  readonly allocations: readonly Allocation[];
  /** By date, each day at most once. */
  readonly needs: readonly NeedSnapshot[];
}

/** Devices in use on a day, as the last snapshot up to then says. */
export const inUseOn = ({ needs }: Pick<ProductEvents, "needs">, on: CivilDate): ByType =>
  needs.findLast((snapshot) => snapshot.on <= on)?.byType ?? {};

export const seatsOf = (seats: readonly Seats[]): ByType =>
  seats.reduce<ByType>((sum, { type, qty }) => added(sum, { [type]: qty }), {});

const standsOn = ({ on, releasedOn }: Allocation, day: CivilDate): boolean =>
  on <= day && (releasedOn === null || releasedOn > day);

/** Allocations of a year that stand on a day. */
export const allocationsOn = (
  { allocations }: Pick<ProductEvents, "allocations">,
  year: number,
  on: CivilDate,
): Allocation[] => allocations.filter((each) => each.year === year && standsOn(each, on));

export const seatsOn = (events: ProductEvents, year: number, on: CivilDate): ByType =>
  allocationsOn(events, year, on).reduce<ByType>((sum, { seats }) => added(sum, seatsOf(seats)), {});
