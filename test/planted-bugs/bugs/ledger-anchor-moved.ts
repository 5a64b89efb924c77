import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Each start of a product moves the dates of the years.",
  edits: [
    {
      file: "hub/src/licences/start.ts",
      find: "...(anchor === null && { anchor: desk.today })",
      replace: "anchor: desk.today ?? anchor",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-8" }],
};
