import { commodityName, type LicenceKind } from "./catalogue.ts";
import { addYears } from "./civil-date.ts";
import { productOf } from "./book.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry, type LotFacts } from "./journal.ts";
import { ticksOf } from "./ticks.ts";

/** What a key is worth. */
export interface KeyFacts {
  readonly hash: string;
  readonly hint: string;
  readonly kind: Exclude<LicenceKind, "preloaded">;
  readonly product: string;
  readonly items: readonly { readonly type: string; readonly qty: number; readonly termYears: number }[];
}

/**
 * Whether licences of a kind can be used in this organisation, or wait among the locked (L-05, R-113): for extension
 * licences it is enough that hardware of the product was registered.
 */
export const isOpen = (
  desk: Desk,
  product: string,
  kind: LicenceKind,
  withHardware: ReadonlySet<string>,
): boolean => desk.book().started.has(product) || (kind === "extension" && withHardware.has(product));

/** Puts everything that a key holds into the wallet at once, or among the locked licences (L-01, L-05). */
export function redeem(desk: Desk, key: KeyFacts, withHardware: ReadonlySet<string>): void {
  const { walletLifeYears } = productOf(desk.catalogue, key.product);
  const open = isOpen(desk, key.product, key.kind, withHardware);
  const account = ACCOUNTS[open ? "wallet" : "locked"](desk.book().org);
  const lots: LotFacts[] = key.items.map(({ type, termYears }) => ({
    id: desk.nextId(),
    commodity: commodityName({ product: key.product, type, kind: key.kind }),
    creditedOn: desk.today,
    expiresOn: addYears(desk.today, walletLifeYears),
    origin: "key",
    keyHint: key.hint,
    ...(termYears > 1 && { termYears }),
  }));
  const entries = key.items.flatMap(({ qty, termYears }, n): Entry[] => {
    const { commodity = "", id } = lots[n] ?? {};
    const ticks = ticksOf(qty * termYears);
    return [
      { account: ACCOUNTS.issuer, commodity, ticks: -ticks },
      { account, commodity, ticks, lot: id ?? "" },
    ];
  });
  desk.post("key.redeem", entries, { product: key.product, lots, keyHash: key.hash });
}

/** Lots that waited for their product, or for its first hardware, become usable; their dates stay (R-114, L-13). */
export function unlock(desk: Desk, product: string, kinds: readonly LicenceKind[]): void {
  const { org, lots } = desk.book();
  const waiting = [...lots.values()].filter(
    ({ place, commodity }) =>
      place === "locked" &&
      kinds.some((kind) => commodity.startsWith(`${product}/`) && commodity.endsWith(`/${kind}`)),
  );
  if (waiting.length === 0) return;
  const entries = waiting.flatMap(({ id, commodity, ticks }): Entry[] => [
    { account: ACCOUNTS.locked(org), commodity, ticks: -ticks, lot: id },
    { account: ACCOUNTS.wallet(org), commodity, ticks, lot: id },
  ]);
  const made = waiting.map(({ place: _place, ticks: _ticks, ...facts }) => facts);
  desk.post("lots.unlock", entries, { product, lots: made });
}
