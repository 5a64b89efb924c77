import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Hardware brings its licences at each registration.",
  edits: [
    {
      file: "hub/src/licences/register-hardware.ts",
      find: "if (found.activatedAt === null) {",
      replace: "if (found.activatedAt === null || found.attachedTo === null) {",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-20" }],
};
