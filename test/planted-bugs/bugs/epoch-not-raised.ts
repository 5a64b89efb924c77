import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A new grant has the epoch of the one before: nobody can tell the old holder from the new.",
  edits: [
    {
      file: "hub/src/upgrades/grant.ts",
      find: "    epoch: task.epoch + 1,",
      replace: "    epoch: Math.max(1, task.epoch),",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/service.test.ts",
      name: "a trouble that passes is waited out and tried again, under a new epoch",
    },
    { kind: "seed", seed: 85, invariant: "X3" },
  ],
};
