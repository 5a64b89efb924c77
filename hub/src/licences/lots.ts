import type { CivilDate } from "./civil-date.ts";
import type { LotFacts } from "./journal.ts";

/** A lot that is not empty, and whether its licences can be used yet. */
export interface Lot extends LotFacts {
  readonly place: "wallet" | "locked";
  readonly ticks: number;
}

/** Part of a lot. */
export interface Drawn {
  readonly lot: Lot;
  readonly ticks: number;
}

/** Earliest expiry first, then the oldest (L-11); ids rise with time. */
const inTurn = (a: Lot, b: Lot): number => {
  if (a.expiresOn !== b.expiresOn) return a.expiresOn < b.expiresOn ? -1 : 1;
  if (a.creditedOn !== b.creditedOn) return a.creditedOn < b.creditedOn ? -1 : 1;
  return a.id < b.id ? -1 : 1;
};

/** Lots of a commodity that can be drawn from on a day, in their turn. */
export const usable = (lots: Iterable<Lot>, commodity: string, on: CivilDate): Lot[] =>
  [...lots]
    .filter((lot) => lot.place === "wallet" && lot.commodity === commodity && lot.expiresOn > on)
    .sort(inTurn);

export const sumOf = (lots: readonly Pick<Lot, "ticks">[]): number =>
  lots.reduce((sum, { ticks }) => sum + ticks, 0);

/** Takes `ticks` out of `lots`, which stand in their turn; null when there is not so much. */
export function draw(lots: readonly Lot[], ticks: number): Drawn[] | null {
  const drawn: Drawn[] = [];
  let open = ticks;
  for (const lot of lots) {
    if (open === 0) break;
    const taken = Math.min(lot.ticks, open);
    drawn.push({ lot, ticks: taken });
    open -= taken;
  }
  return open === 0 ? drawn : null;
}
