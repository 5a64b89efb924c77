/**
 * Amounts of the ledger are whole ticks. 133 590 = 365 × 366, so one seat costs a whole number of ticks a day in a
 * year of 365 days (366 ticks) and in one of 366 days (365 ticks), and nothing is ever rounded (L-42).
 */
export const TICKS_PER_LICENCE = 365 * 366;

export const ticksOf = (licences: number): number => licences * TICKS_PER_LICENCE;

/** What one seat costs a day in a year of so many days. */
export const ticksPerDay = (yearDays: number): number => TICKS_PER_LICENCE / yearDays;

export const wholeLicences = (ticks: number): number => Math.floor(ticks / TICKS_PER_LICENCE);

/** What is left over beside the whole licences. */
export const restTicks = (ticks: number): number => ticks % TICKS_PER_LICENCE;

/** Ticks as licences with four decimals, for people and never for reckoning: ticks are exact. */
export function licencesText(ticks: number): string {
  const parts = Math.round((Math.abs(ticks) * 10_000) / TICKS_PER_LICENCE);
  const text = `${Math.floor(parts / 10_000)}.${String(parts % 10_000).padStart(4, "0")}`;
  return ticks < 0 ? `-${text}` : text;
}
