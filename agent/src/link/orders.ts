import { createHash } from "node:crypto";
import { verifyOrder } from "@fyr/certs";
import { canonicalJson, Fault, Order, type AgentId, type OrderKey, type SignedDocument } from "@fyr/protocol";
import type { StateStore } from "../ports.ts";

const PREFIX = "order/";
/** Orders that may be under way at once, with room: they are verified in any order, and again after a crash. */
const WINDOW = 8_192;
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
  take(document: SignedDocument, nowMs: number): Order;
}

export function createOrderBook(agentId: AgentId, keys: readonly OrderKey[], store: StateStore): OrderBook {
  let oldest = 0;
  let highest = 0;
  for (const key of store.keys(PREFIX)) {
    const sequence = Number(key.slice(PREFIX.length));
    oldest ||= sequence;
    highest = Math.max(highest, sequence);
  }

  const sweep = () => {
    if (highest - oldest < WINDOW + SWEEP) return;
    for (const key of store.keys(PREFIX)) if (key < keyOf(highest - WINDOW)) store.remove(key);
    oldest = highest - WINDOW;
  };

  const remember = (sequence: number, print: string) => {
    const known = store.get(keyOf(sequence));
    if (known && Buffer.from(known).toString("utf8") !== print)
      throw new Fault("ORDER_REPLAYED", { sequence });
    if (!known) store.put(keyOf(sequence), Buffer.from(print));
    oldest ||= sequence;
    highest = Math.max(highest, sequence);
    sweep();
  };

  return {
    take(document, nowMs) {
      const lastSequence = Math.max(0, highest - WINDOW);
      const { sequence, body } = verifyOrder(keys, document, { agentId, nowMs, lastSequence });
      const order = Order.safeParse(body);
      if (!order.success) throw new Fault("ORDER_SIGNATURE", { reason: "signed, but no order" });
      remember(sequence, printOf(document));
      return order.data;
    },
  };
}
