import { createHash } from "node:crypto";
import { verifyOrder } from "@fyr/certs";
import {
  canonicalJson,
  Fault,
  type AgentId,
  type Order,
  type OrderKey,
  type ServerOrder,
  type SignedDocument,
} from "@fyr/protocol";
import type { z } from "zod";
import type { StateStore } from "../ports.ts";

const PREFIX = "order/";
/** Orders that are remembered, with room: they are verified in any order, again after a crash, and after waiting. */
const KEPT = 8_192;
/** Old numbers are cleared away in batches, so that most verifications write one row. */
const SWEEP = 512;

const keyOf = (sequence: number): string => PREFIX + String(sequence).padStart(16, "0");

/** The same for the same order, whether it came over the wire or out of the journal, which sorts names. */
const printOf = ({ signed }: SignedDocument): string =>
  createHash("sha256").update(canonicalJson(signed)).digest("hex");

/** Which orders this agent took, durably: an order cannot be brought again, nor another under its number. */
export interface OrderBook {
  /**
   * Takes an order that the hub signed for this agent. The very same order may be taken again: a job that was
   * stopped between here and its journal asks twice.
   *
   * @throws Fault `ORDER_SIGNATURE`, `ORDER_FOREIGN`, `ORDER_EXPIRED`, `ORDER_REPLAYED`
   */
  take<S extends typeof Order | typeof ServerOrder>(
    document: SignedDocument,
    nowMs: number,
    schema: S,
  ): z.infer<S>;
}

/**
 * @param kept so many orders are remembered; one that is older than all of them, and none of them, is a replay. They are
 *   counted, because their numbers leap with the hub's clock.
 */
export function createOrderBook(
  agentId: AgentId,
  keys: readonly OrderKey[],
  store: StateStore,
  kept = KEPT,
): OrderBook {
  const numbers = () => store.keys(PREFIX).map((key) => Number(key.slice(PREFIX.length)));
  const known = numbers();
  let count = known.length;
  let forgotten = count < kept ? 0 : (known[0] ?? 0) - 1;

  const sweep = () => {
    if (count < kept + SWEEP) return;
    for (const sequence of numbers().slice(0, SWEEP)) {
      store.remove(keyOf(sequence));
      forgotten = sequence;
    }
    count -= SWEEP;
  };

  const remember = (sequence: number, print: string) => {
    const before = store.get(keyOf(sequence));
    if (before && Buffer.from(before).toString("utf8") !== print)
      throw new Fault("ORDER_REPLAYED", { sequence });
    if (before) return;
    store.put(keyOf(sequence), Buffer.from(print));
    count++;
    sweep();
  };

  return {
    take(document, nowMs, schema) {
      const { sequence, body } = verifyOrder(keys, document, { agentId, nowMs, lastSequence: forgotten });
      const order = schema.safeParse(body);
      if (!order.success) throw new Fault("ORDER_SIGNATURE", { reason: "signed, but no order" });
      remember(sequence, printOf(document));
      return order.data as z.infer<typeof schema>;
    },
  };
}
