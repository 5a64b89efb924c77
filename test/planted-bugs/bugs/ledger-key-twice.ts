import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Whether a key was used before is not asked.",
  edits: [
    {
      file: "hub/src/licences/redeem-key.ts",
      find: "if (used) throw used;",
      replace: "if (used === undefined) throw used;",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-10" }],
};
