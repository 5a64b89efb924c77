import { Fault } from "@fyr/protocol";
import type { Desk } from "./desk.ts";
import type { Draft, LotFacts, TxType } from "./journal.ts";

/** Records that move licences and decide nothing else: only these can be mirrored. */
const REVERSIBLE: ReadonlySet<TxType> = new Set(["key.redeem", "ext.allocate", "upgrade.apply"]);

/**
 * Puts right what was posted by mistake: a record that mirrors it; the mistake stays to be read. Support only.
 *
 * @param lots of the lots that it moved, also of those that are empty now
 * @throws Fault `REVERSAL_REFUSED` for a record that cannot be mirrored, or whose licences were used meanwhile
 */
export function reverse(desk: Desk, record: Draft, lots: readonly LotFacts[], reason: string): void {
  const { id, type, entries } = record;
  if (!REVERSIBLE.has(type)) throw new Fault("REVERSAL_REFUSED", { type });
  const open = desk.book().lots;
  const spent = entries.some(
    ({ lot, ticks }) => lot !== undefined && ticks > 0 && (open.get(lot)?.ticks ?? 0) < ticks,
  );
  if (spent) throw new Fault("REVERSAL_REFUSED", { type });
  const mirrored = entries.map((entry) => ({ ...entry, ticks: -entry.ticks }));
  desk.post("tx.reverse", mirrored, { reverses: id, lots, reason });
}
