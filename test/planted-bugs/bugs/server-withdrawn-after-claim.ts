import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A server's upgrade is withdrawn although an agent has it: the server is upgraded, and the queue says that it never was.",
  edits: [
    {
      file: "hub/src/upgrades/cancel.ts",
      find: `  if (answer === "claimed" || task.jobOpen)
`,
      replace: `  if (answer === "claimed" && task.pastNoReturn)
`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/servers/upgrade-service.test.ts",
      name: "C-20 R-077: a request is withdrawn until an agent claims it, and never after, whatever became of its lease",
    },
  ],
};
