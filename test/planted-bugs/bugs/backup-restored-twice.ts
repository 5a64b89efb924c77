import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A backup is put back each time that somebody asks, over what was written since the first time.",
  edits: [
    {
      file: "agent/src/server/jobs.ts",
      find: `const isTaken = !job.isOpen && record.restore === null;`,
      replace: `const isTaken = !job.isOpen;`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "simulator/src/host/restore.test.ts",
      name: "a restore > is done once: the same word again, or another after it, does nothing more",
    },
  ],
};
