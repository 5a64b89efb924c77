import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An order counts however old it is.",
  edits: [
    {
      file: "certs/src/images/order.ts",
      find: `  if (context.nowMs >= expiresMs) throw new Fault("ORDER_EXPIRED", { expiresMs });
`,
      replace: `  void expiresMs;
`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "certs/src/images/order.test.ts",
      name: "an order is for one agent, for a time, and once",
    },
  ],
};
