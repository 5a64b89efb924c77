import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Whether an organisation is archived is not asked before licences move.",
  edits: [
    {
      file: "hub/src/licences/command.ts",
      find: "if (found.archivedAt !== null) throw",
      replace: "if (found.archivedAt !== null && found.archivedAt < 0) throw",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-18" }],
};
