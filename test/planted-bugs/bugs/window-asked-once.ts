import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The window is asked when a job arms itself and not again when its turn comes: uploads begin after it closed.",
  edits: [
    {
      file: "agent/src/upgrade/states/armed.ts",
      find: `  return notNow(job) ?? { move: "start" };`,
      replace: `  return { move: "start" };`,
    },
    {
      file: "agent/src/upgrade/steps/transfer.ts",
      find: "  return notNow(job) ?? (await arm(job)) ?? notNow(job);",
      replace: "  return arm(job);",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "a site of many devices > begins nothing after the window closed, however long a job waited for its turn",
    },
  ],
};
