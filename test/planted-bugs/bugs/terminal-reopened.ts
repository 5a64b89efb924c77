import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A late report moves a task that has ended.",
  edits: [
    {
      file: "hub/src/upgrades/move.ts",
      find: "  const phase = nextPhase(task.phase, event);",
      replace: `  const phase = nextPhase(isTerminal(task.phase) ? "running" : task.phase, event);`,
    },
    {
      file: "hub/src/upgrades/fold.ts",
      find: `  if (!task.jobOpen) return afterItsEnd(task, event);
  const owned`,
      replace: "  const owned",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/fold.test.ts",
      name: "every event moves a task along the table or not at all, and an end is an end",
    },
  ],
};
