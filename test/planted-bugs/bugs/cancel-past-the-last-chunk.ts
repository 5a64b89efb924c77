import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A job that has sent its whole image is cancelled like one that has not: the device flashes unwatched.",
  edits: [
    {
      file: "agent/src/upgrade/job.ts",
      find: `    return (wish !== null || fencedBy !== null) && answerTo("cancel", this.record, this.runs) === "stop";`,
      replace: "    return wish !== null || fencedBy !== null;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/jobs.test.ts",
      name: "one device, several orders > a higher epoch waits for the device until the lower one has finished safely, and then looks",
    },
  ],
};
