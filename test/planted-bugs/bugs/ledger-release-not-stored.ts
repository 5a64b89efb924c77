import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An allocation that was released stays as it was in what is stored.",
  edits: [
    {
      file: "hub/src/store/licence-ledger.ts",
      find: ".filter((each) => before.allocations.get(each.id) !== each)",
      replace: ".filter((each) => !before.allocations.has(each.id))",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-11" }],
};
