import { Fault } from "@fyr/protocol";
import { factsOf } from "./book.ts";
import { commodityName, type Commodity } from "./catalogue.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry } from "./journal.ts";
import { draw, sumOf, usable, type Drawn } from "./lots.ts";
import { ticksOf, wholeLicences } from "./ticks.ts";

export const available = (desk: Desk, commodity: Commodity): number =>
  wholeLicences(sumOf(usable(desk.book().lots.values(), commodityName(commodity), desk.today)));

/**
 * Lots of the wallet for so many whole licences, in their turn.
 *
 * @throws Fault `WALLET_INSUFFICIENT` {need, available, missing}
 */
export function takeFromWallet(desk: Desk, commodity: Commodity, licences: number): Drawn[] {
  const lots = usable(desk.book().lots.values(), commodityName(commodity), desk.today);
  const drawn = draw(lots, ticksOf(licences));
  if (drawn) return drawn;
  throw insufficient(commodity, licences, wholeLicences(sumOf(lots)));
}

export const insufficient = ({ product, type, kind }: Commodity, need: number, found: number): Fault =>
  new Fault("WALLET_INSUFFICIENT", { product, type, kind, need, available: found, missing: need - found });

/** The wallet's side of what was taken. */
export const walletEntries = (desk: Desk, drawn: readonly Drawn[]): Entry[] =>
  drawn.map(({ lot, ticks }) => ({
    account: ACCOUNTS.wallet(desk.book().org),
    commodity: lot.commodity,
    ticks: -ticks,
    lot: lot.id,
  }));

/** New lots beside those that were drawn, with their dates (L-13): no younger by moving. */
export const splitOff = (
  desk: Desk,
  drawn: readonly Drawn[],
  change: { readonly origin: "transfer" | "upgrade"; readonly commodity?: string },
) =>
  drawn.map(({ lot, ticks }) => ({
    facts: { ...factsOf(lot), ...change, id: desk.nextId(), parent: lot.id },
    ticks,
  }));
