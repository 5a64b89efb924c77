import { createPublicKey, type KeyObject } from "node:crypto";
import { Fault, type OrderKey, type SignedDocument } from "@fyr/protocol";
import { z } from "zod";
import { isSignedBy, signDocument, type SigningKey } from "./signing-key.ts";

/** How long an order may wait to be accepted. What a journal accepted runs on (upgrades.md 5.3). */
export const ORDER_LIFE_MS = 24 * 60 * 60 * 1000;

/** The hub's own word to one agent (security.md 8): names an image, states no fact of it. */
export const OrderEnvelope = z.strictObject({
  agentId: z.string().min(1).max(64),
  sequence: z.int().positive(),
  expiresMs: z.int().nonnegative(),
  body: z.unknown(),
});
export type OrderEnvelope = z.infer<typeof OrderEnvelope>;

export interface OrderContext {
  readonly agentId: string;
  readonly nowMs: number;
  /** The highest sequence number this agent has accepted; 0 before the first. */
  readonly lastSequence: number;
}

/** @throws TypeError when the body holds fractions, which canonical JSON does not know */
export const signOrder = (key: SigningKey, order: OrderEnvelope): SignedDocument =>
  signDocument([key], OrderEnvelope.parse(order));

/** Reading a key takes as long as a signature takes to check. */
const read = new WeakMap<OrderKey, KeyObject>();

function publicKey(key: OrderKey): KeyObject {
  const known = read.get(key);
  if (known) return known;
  const spki = Buffer.from(key.publicKey, "base64");
  const made = createPublicKey({ key: spki, type: "spki", format: "der" });
  read.set(key, made);
  return made;
}

const isSigned = (keys: readonly OrderKey[], { signed, signatures }: SignedDocument): boolean =>
  keys.some((key) =>
    signatures.some(({ keyid, sig }) => keyid === key.keyid && isSignedBy(publicKey(key), signed, sig)),
  );

/**
 * Takes an order only when one of the hub's keys signed it, for this agent, not too long ago, and never before.
 *
 * @throws Fault `ORDER_SIGNATURE`, `ORDER_FOREIGN`, `ORDER_EXPIRED` or `ORDER_REPLAYED`
 */
export function verifyOrder(
  keys: readonly OrderKey[],
  document: SignedDocument,
  context: OrderContext,
): OrderEnvelope {
  if (!isSigned(keys, document)) throw new Fault("ORDER_SIGNATURE");
  const order = OrderEnvelope.safeParse(document.signed);
  if (!order.success) throw new Fault("ORDER_SIGNATURE", { reason: "signed, but no order" });
  const { agentId, sequence, expiresMs } = order.data;
  if (agentId !== context.agentId) throw new Fault("ORDER_FOREIGN");
  if (context.nowMs >= expiresMs) throw new Fault("ORDER_EXPIRED", { expiresMs });
  if (sequence <= context.lastSequence) throw new Fault("ORDER_REPLAYED", { sequence });
  return order.data;
}
