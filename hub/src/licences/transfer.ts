import { Fault } from "@fyr/protocol";
import { commodityName, commodityOf, type Commodity } from "./catalogue.ts";
import { productOf } from "./book.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry, type LotFacts } from "./journal.ts";
import { isOpen } from "./redeem.ts";
import { splitOff, takeFromWallet, walletEntries } from "./take.ts";

export interface TransferLine extends Commodity {
  readonly qty: number;
}

export interface TransferWish {
  /** What both histories show (L-53). */
  readonly number: string;
  readonly lines: readonly TransferLine[];
}

/**
 * Moves whole licences from one wallet to another organisation's: all lines or none. Each side gets a record that
 * balances by itself; what is under way between the two is nothing once both are posted.
 *
 * @throws Fault `WALLET_INSUFFICIENT`, `TRANSFER_SAME_ORG`
 */
export function transfer(
  from: Desk,
  to: Desk,
  wish: TransferWish,
  targetHardware: ReadonlySet<string>,
): void {
  const [source, target] = [from.book().org, to.book().org];
  if (source === target) throw new Fault("TRANSFER_SAME_ORG");
  const names = wish.lines.map(commodityName);
  if (names.length === 0 || new Set(names).size !== names.length)
    throw new Fault("MESSAGE_INVALID", { problems: ["lines: expected each commodity once"] });
  const out: Entry[] = [];
  const made: { facts: LotFacts; ticks: number }[] = [];
  for (const line of wish.lines) {
    productOf(from.catalogue, line.product);
    const drawn = takeFromWallet(from, line, line.qty);
    out.push(...walletEntries(from, drawn));
    made.push(...splitOff(from, drawn, { origin: "transfer" }));
  }
  for (const { facts, ticks } of made)
    out.push({ account: ACCOUNTS.transit, commodity: facts.commodity, ticks });
  from.post("wallet.transferOut", out, { transfer: { number: wish.number, with: target } });
  const arrived = made.flatMap(({ facts, ticks }): Entry[] => {
    const { product, kind } = commodityOf(facts.commodity);
    const place = isOpen(to, product, kind, targetHardware) ? "wallet" : "locked";
    return [
      { account: ACCOUNTS.transit, commodity: facts.commodity, ticks: -ticks },
      { account: ACCOUNTS[place](target), commodity: facts.commodity, ticks, lot: facts.id },
    ];
  });
  const lots = made.map(({ facts }) => facts);
  to.post("wallet.transferIn", arrived, { transfer: { number: wish.number, with: source }, lots });
}
