import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "How an order was signed is taken from the order itself: one without a signature passes.",
  edits: [
    {
      file: "certs/src/images/order.ts",
      find: `  if (!isSigned(keys, document)) throw new Fault("ORDER_SIGNATURE");`,
      replace: `  if (document.signatures.length > 0 && !isSigned(keys, document)) throw new Fault("ORDER_SIGNATURE");`,
    },
  ],
  caughtBy: [
    { kind: "test", file: "certs/src/images/order.test.ts", name: "only a key of the hub can order" },
  ],
};
