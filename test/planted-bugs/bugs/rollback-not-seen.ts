import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A device that went back to its old version is taken for one that was never flashed, and is sent the image again.",
  edits: [
    {
      file: "agent/src/upgrade/observe.ts",
      find: `    if (seen.target) return { kind: "rolledBack" };
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "power lost in trial > ends truly, undisturbed and killed at the points it passes",
    },
  ],
};
