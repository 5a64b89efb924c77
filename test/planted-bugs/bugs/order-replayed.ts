import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An order that was taken once is taken again under its number with another content.",
  edits: [
    {
      file: "agent/src/link/orders.ts",
      find: `    if (before && Buffer.from(before).toString("utf8") !== print)
      throw new Fault("ORDER_REPLAYED", { sequence });
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/link/trust.test.ts",
      name: "orders may come in any order and again, but none under another's number, also after a restart",
    },
  ],
};
