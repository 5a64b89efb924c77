import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Days until a year begins are credited like days that have gone.",
  edits: [
    {
      file: "hub/src/licences/compensation.ts",
      find: "const elapsed = daysWithin(year.start, on);",
      replace: "const elapsed = Math.abs(daysBetween(year.start, on));",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-6" }],
};
