import { Fault } from "@fyr/protocol";
import { productOf } from "./book.ts";
import { commodityName } from "./catalogue.ts";
import type { Desk } from "./desk.ts";
import { ACCOUNTS, type Entry } from "./journal.ts";
import { at, type ByType } from "./need.ts";
import { unlock } from "./redeem.ts";
import { takeFromWallet, walletEntries } from "./take.ts";
import { ticksOf } from "./ticks.ts";

/** Hardware that was sold with licences. */
export interface Preload {
  readonly hwId: string;
  readonly product: string;
  readonly items: ByType;
}

/**
 * Activates the licences that hardware carries, at its first registration anywhere (L-60, I-20). Whoever calls has
 * made sure that it is the first; later registrations post nothing, they find the licences where they are (L-61).
 */
export function activateHardware(desk: Desk, { hwId, product, items }: Preload): void {
  productOf(desk.catalogue, product);
  const entries = Object.entries(items)
    .filter(([, qty]) => qty > 0)
    .flatMap(([type, qty]): Entry[] => {
      const commodity = commodityName({ product, type, kind: "preloaded" });
      return [
        { account: ACCOUNTS.issuer, commodity, ticks: -ticksOf(qty) },
        { account: ACCOUNTS.hardware(hwId), commodity, ticks: ticksOf(qty) },
      ];
    });
  desk.post("hw.activate", entries, { product, hardware: hwId });
}

/** Extension licences that waited for the first hardware of their product can be used from now on. */
export const hardwareArrived = (desk: Desk, product: string): void => unlock(desk, product, ["extension"]);

/** A system as far as licences go. */
export interface HardwareSystem {
  readonly product: string;
  readonly licensing: "subscription" | "hardware";
  readonly hwId: string | null;
}

/**
 * Puts extension licences on one piece of hardware, for its life (L-62, L-64).
 *
 * @throws Fault `SYSTEM_NOT_HARDWARE_LICENSED`, `WALLET_INSUFFICIENT`
 */
export function allocateExtension(desk: Desk, system: HardwareSystem, items: ByType): void {
  const { product, licensing, hwId } = system;
  if (licensing !== "hardware" || hwId === null) throw new Fault("SYSTEM_NOT_HARDWARE_LICENSED");
  const wanted = Object.entries(items).filter(([, qty]) => qty > 0);
  if (wanted.length === 0)
    throw new Fault("MESSAGE_INVALID", { problems: ["items: expected at least one licence"] });
  const entries = wanted.flatMap(([type, qty]): Entry[] => {
    const commodity = { product, type, kind: "extension" } as const;
    const from = walletEntries(desk, takeFromWallet(desk, commodity, qty));
    return [
      ...from,
      { account: ACCOUNTS.extension(hwId), commodity: commodityName(commodity), ticks: ticksOf(qty) },
    ];
  });
  desk.post("ext.allocate", entries, { product, hardware: hwId });
}

/** What the accounts of a piece of hardware hold, wherever it was posted. */
export interface HardwareBalances {
  readonly preloaded: ReadonlyMap<string, number>;
  readonly extension: ReadonlyMap<string, number>;
}

/**
 * Moves everything from broken hardware to what replaces it: support only.
 *
 * @throws Fault `RMA_REFUSED` when there is nothing to move or both are the same
 */
export function replaceHardware(
  desk: Desk,
  wish: { readonly product: string; readonly from: string; readonly to: string; readonly reason: string },
  held: HardwareBalances,
): void {
  const { product, from, to, reason } = wish;
  const move = (account: (hwId: string) => string, balances: ReadonlyMap<string, number>): Entry[] =>
    [...balances].flatMap(([commodity, ticks]) =>
      ticks > 0
        ? [
            { account: account(from), commodity, ticks: -ticks },
            { account: account(to), commodity, ticks },
          ]
        : [],
    );
  const entries = [...move(ACCOUNTS.hardware, held.preloaded), ...move(ACCOUNTS.extension, held.extension)];
  if (entries.length === 0 || from === to) throw new Fault("RMA_REFUSED", { from, to });
  desk.post("ext.rma", entries, { product, hardware: to, reason });
}

/** Devices that a piece of hardware may carry, and how many extension licences it lacks, by type (L-63). */
export function capacityOf(
  preloaded: ByType,
  extension: ByType,
  inUse: ByType,
): { capacity: ByType; shortage: ByType } {
  const types = [...new Set([preloaded, extension, inUse].flatMap((counts) => Object.keys(counts)))].sort();
  const capacity = Object.fromEntries(types.map((type) => [type, at(preloaded, type) + at(extension, type)]));
  const short = types
    .map((type) => [type, at(inUse, type) - at(capacity, type)] as const)
    .filter(([, n]) => n > 0);
  return { capacity, shortage: Object.fromEntries(short) };
}
