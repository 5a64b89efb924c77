import { isFault, type SignedDocument } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { testSigningKey } from "../testing/test-repository.ts";
import { signOrder, verifyOrder } from "./order.ts";
import { orderKeyOf, signDocument } from "./signing-key.ts";

const hub = testSigningKey("hub orders");
const order = {
  agentId: "agent-1",
  sequence: 7,
  expiresMs: 1_000_000,
  body: { serial: "ACCC8E012345", epoch: 1 },
};
const context = { agentId: "agent-1", nowMs: 999_999, lastSequence: 6 };
const document = signOrder(hub, order);

function verdict(candidate: SignedDocument, given = context, keys = [orderKeyOf(hub)]): string {
  try {
    return `sequence ${verifyOrder(keys, candidate, given).sequence}`;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
}

test("the signature of an order stays what it is: agents and hubs of two versions must agree", () => {
  expect(document.signatures).toEqual([
    {
      keyid: "7ea2661489626ead050f526a8e98f054788be95a045ea34053c65a0218cfe0ba",
      sig: "2d7f3747e4f4cad9101d53410c8db1e26ede07f457cf62e2e60c0d80df42b5a58d1fa45998d4918497bdd2a0c192d6af1852546f022e937a40c71c0e816e360d",
    },
  ]);
});

test("an order is for one agent, for a time, and once", () => {
  expect(verifyOrder([orderKeyOf(hub)], document, context)).toEqual(order);
  expect(verdict(document, { ...context, agentId: "agent-2" })).toBe("ORDER_FOREIGN");
  expect(verdict(document, { ...context, nowMs: 1_000_000 })).toBe("ORDER_EXPIRED");
  expect(verdict(document, { ...context, lastSequence: 7 })).toBe("ORDER_REPLAYED");
});

test("only a key of the hub can order", () => {
  const stranger = testSigningKey("stranger");
  expect(verdict(signOrder(stranger, order))).toBe("ORDER_SIGNATURE");
  expect(verdict({ ...document, signatures: [] })).toBe("ORDER_SIGNATURE");
  const borrowed = signOrder(stranger, order).signatures.map(({ sig }) => ({ keyid: hub.keyid, sig }));
  expect(verdict({ ...document, signatures: borrowed })).toBe("ORDER_SIGNATURE");
  const next = testSigningKey("hub orders, next");
  expect(verdict(signOrder(next, order), context, [orderKeyOf(hub), orderKeyOf(next)])).toBe("sequence 7");
});

test("what the hub's key signed for another purpose is no order", () => {
  expect(verdict(signDocument([hub], { _type: "timestamp", version: 1 }))).toBe("ORDER_SIGNATURE");
  expect(verdict(signDocument([hub], { ...order, extra: 1 }))).toBe("ORDER_SIGNATURE");
});

test("any change of an order breaks it", () => {
  const values = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.constant("\ud800"));
  const places = fc.constantFrom("agentId", "sequence", "expiresMs", "body");
  fc.assert(
    fc.property(places, values, (place, value) => {
      const changed = { ...document, signed: { ...document.signed, [place]: value } };
      const isSame = Object.is((order as Record<string, unknown>)[place], value);
      expect(verdict(changed)).toBe(isSame ? "sequence 7" : "ORDER_SIGNATURE");
    }),
  );
});

test("text that two readers could take for two things cannot be signed", () => {
  expect(() => signOrder(hub, { ...order, body: "\ud800" })).toThrow(TypeError);
  expect(() => signOrder(hub, { ...order, body: 0.5 })).toThrow(TypeError);
});
