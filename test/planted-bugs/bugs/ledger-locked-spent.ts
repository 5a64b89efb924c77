import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Licences that wait for their product are spent as if they were in the wallet.",
  edits: [
    {
      file: "hub/src/licences/lots.ts",
      find: 'lot.place === "wallet" && lot.commodity',
      replace: "lot.commodity",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-2" }],
};
