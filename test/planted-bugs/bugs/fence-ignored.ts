import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An agent goes on with a job that the hub has given to a later attempt.",
  edits: [
    {
      file: "agent/src/upgrade/jobs.ts",
      find: "      if (mine !== taskId || epoch >= currentEpoch || (fencedBy ?? 0) >= currentEpoch) continue;",
      replace:
        "      if (mine !== taskId || epoch >= currentEpoch || (fencedBy ?? 0) < currentEpoch) continue;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "fenced while the image is sent > ends truly, undisturbed and killed at the points it passes",
    },
  ],
};
