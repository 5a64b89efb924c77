import { Fault } from "@fyr/protocol";
import { productOf } from "./book.ts";
import { commodityName } from "./catalogue.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry } from "./journal.ts";
import { isOpen } from "./redeem.ts";
import { splitOff, takeFromWallet, walletEntries } from "./take.ts";
import { ticksOf } from "./ticks.ts";

/**
 * Uses upgrade licences on as many existing ones: both are consumed together, and new licences with the old lots'
 * dates take their place (L-65, L-13).
 *
 * @throws Fault `WALLET_INSUFFICIENT`, `UPGRADE_PATH_UNKNOWN`
 */
export function applyUpgrade(
  desk: Desk,
  wish: { readonly product: string; readonly type: string; readonly qty: number },
): void {
  const { product, type, qty } = wish;
  const path = productOf(desk.catalogue, product).upgrades.find((each) => each.type === type);
  if (!path) throw new Fault("UPGRADE_PATH_UNKNOWN", { product, type });
  const upgrade = { product, type, kind: "upgrade" } as const;
  const consumed = takeFromWallet(desk, upgrade, qty);
  const old = takeFromWallet(desk, path.from, qty);
  const made = splitOff(desk, old, { origin: "upgrade", commodity: commodityName(path.to) });
  const place = isOpen(desk, path.to.product, path.to.kind, new Set()) ? "wallet" : "locked";
  const entries: Entry[] = [
    ...walletEntries(desk, consumed),
    { account: ACCOUNTS.used, commodity: commodityName(upgrade), ticks: ticksOf(qty) },
    ...walletEntries(desk, old),
    { account: ACCOUNTS.upgraded, commodity: commodityName(path.from), ticks: ticksOf(qty) },
    ...made.flatMap(({ facts, ticks }): Entry[] => [
      { account: ACCOUNTS.issuer, commodity: facts.commodity, ticks: -ticks },
      { account: ACCOUNTS[place](desk.book().org), commodity: facts.commodity, ticks, lot: facts.id },
    ]),
  ];
  desk.post("upgrade.apply", entries, { product, lots: made.map(({ facts }) => facts) });
}
