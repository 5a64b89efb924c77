import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "What is left of a lot below one licence is forgotten.",
  edits: [
    {
      file: "hub/src/licences/book.ts",
      find: "if (sum === 0) next.delete(known.id);",
      replace: "if (sum < 133_590) next.delete(known.id);",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-3" }],
};
