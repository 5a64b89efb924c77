import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An upgrade that the device has not committed is called a success; it rolls itself back later.",
  edits: [
    {
      file: "agent/src/upgrade/observe.ts",
      find: `  if (reading.committed === false) return { kind: "trial" };
`,
      replace: "",
    },
    {
      file: "agent/src/upgrade/proof.ts",
      find: `  if (reading.committed === false) missing.push("commit");
`,
      replace: "",
    },
    {
      file: "agent/src/upgrade/steps/commit.ts",
      find: "  if (job.reading?.committed !== false) return null;",
      replace: "  if (job.reading) return null;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "13 > ends truly, undisturbed and killed at the points it passes",
    },
    { kind: "seed", seed: 2, invariant: "X16" },
  ],
};
