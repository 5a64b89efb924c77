import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The need of a year that was filled goes on rising with the devices.",
  edits: [
    {
      file: "hub/src/licences/standing.ts",
      find: "const need = frozen ?? inUse;",
      replace: "const need = frozen === undefined ? frozen : inUse;",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-16" }],
};
