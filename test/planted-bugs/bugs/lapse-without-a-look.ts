import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A task whose agent fell silent is given out again as if nothing had been begun.",
  edits: [
    {
      file: "hub/src/upgrades/evaluate.ts",
      find: `  return move({ ...task, ...since, leaseUntil: null, lookFirst: true }, "lapse", now);`,
      replace: `  return move({ ...task, ...since, leaseUntil: null }, "lapse", now);`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/evaluate.test.ts",
      name: "a lease that lapses gives a task back to the queue before it touched anything, and puts it in doubt after",
    },
  ],
};
