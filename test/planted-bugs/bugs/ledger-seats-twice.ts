import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Head-room is counted among the seats twice, and paid once.",
  edits: [
    {
      file: "hub/src/licences/compensation.ts",
      find: 'part(type, at(items, type) - growth, "topUp")',
      replace: 'part(type, at(items, type), "topUp")',
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-5" }],
};
