import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Nobody sees that a report is missing or was altered on its way.",
  edits: [
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: "  if (!torn) return;",
      replace: "  if (torn ?? !torn) return;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/fleet/sync/decide.test.ts",
      name: "an event that does not follow the one before is taken, and written down",
    },
  ],
};
