import { Temporal } from "temporal-polyfill";
import { z } from "zod";

/**
 * A date without time and zone, `2026-03-02`: what every licence date is (licensing.md 2.2). As text it sorts as it
 * should and is stored as it is. A span of days is half-open, `[start, end)`: valid from 00:00 UTC of `start` up to,
 * not including, 00:00 UTC of `end`.
 */
export const CivilDate = z.iso.date().brand<"CivilDate">();
export type CivilDate = z.infer<typeof CivilDate>;

const named = (date: Temporal.PlainDate): CivilDate => date.toString() as CivilDate;
const plain = (date: CivilDate): Temporal.PlainDate => Temporal.PlainDate.from(date);

/** The date at a moment, in UTC: the reader's zone never moves a licence. */
export const civilDateAt = (wallMs: number): CivilDate =>
  named(Temporal.Instant.fromEpochMilliseconds(Math.trunc(wallMs)).toZonedDateTimeISO("UTC").toPlainDate());

/** The moment at which a date begins, in milliseconds since 1970. */
export const startOfDay = (date: CivilDate): number =>
  plain(date).toZonedDateTime("UTC").toInstant().epochMilliseconds;

export const addDays = (date: CivilDate, days: number): CivilDate => named(plain(date).add({ days }));

/** The same day of a later year; 29 February becomes 28 February where there is none. */
export const addYears = (date: CivilDate, years: number): CivilDate => named(plain(date).add({ years }));

/** Days from `from` to `to`, negative when `to` is earlier. */
export const daysBetween = (from: CivilDate, to: CivilDate): number => plain(from).until(plain(to)).days;

/** The last day on which what ends at `end` may be used: the only end that people are shown. */
export const lastUsableDay = (end: CivilDate): CivilDate => addDays(end, -1);

export const later = (a: CivilDate, b: CivilDate): CivilDate => (a > b ? a : b);
export const earlier = (a: CivilDate, b: CivilDate): CivilDate => (a < b ? a : b);
