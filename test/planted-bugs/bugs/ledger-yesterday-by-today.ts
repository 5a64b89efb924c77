import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "What was in use on a day is told by the last count there is.",
  edits: [
    {
      file: "hub/src/licences/events.ts",
      find: "needs.findLast((snapshot) => snapshot.on <= on)?.byType ?? {}",
      replace: "(needs.at(-1) ?? needs.findLast((snapshot) => snapshot.on <= on))?.byType ?? {}",
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-15" }],
};
