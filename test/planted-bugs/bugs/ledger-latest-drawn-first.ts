import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The lot that expires last is drawn first.",
  edits: [
    {
      file: "hub/src/licences/lots.ts",
      find: "a.expiresOn < b.expiresOn ? -1 : 1",
      replace: "a.expiresOn < b.expiresOn ? 1 : -1",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-13" }],
};
