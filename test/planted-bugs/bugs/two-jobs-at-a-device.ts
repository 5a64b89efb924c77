import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Two orders for one device run side by side.",
  edits: [
    {
      file: "agent/src/upgrade/states/armed.ts",
      find: `  await job.holdDevice();
`,
      replace: "",
    },
    {
      file: "agent/src/upgrade/states/executing.ts",
      find: `  await job.holdDevice();
`,
      replace: "",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "one device, several orders > two tasks for it come one after the other",
    },
  ],
};
