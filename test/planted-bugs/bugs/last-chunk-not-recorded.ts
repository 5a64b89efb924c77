import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The point of no return is known to the process and not to its journal: after a crash the device looks untouched and is sent the image again.",
  edits: [
    {
      file: "agent/src/upgrade/job.ts",
      find: `    const now = { ...run, ...change };
    this.write(`,
      replace: `    const now = { ...run, ...change };
    if (news?.moment === "lastChunk") this.#keep(now);
    else
    this.write(`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/upgrade/kill-sweep.test.ts",
      name: "says 500 and flashes > ends truly, undisturbed and killed at the points it passes",
    },
  ],
};
