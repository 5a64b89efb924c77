import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A wish to cancel is granted whatever the task has become: what succeeded is shown as cancelled.",
  edits: [
    {
      file: "hub/src/upgrades/cancel.ts",
      find: `      throw new Fault("CANCEL_FINISHED", { phase: task.phase });`,
      replace: `      return { task: { ...task, phase: "cancelled", cancel: "done", changedAt: now }, tell: false };`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/service.test.ts",
      name: "cancel meets each phase as the matrix says",
    },
    { kind: "seed", seed: 51, invariant: "I7" },
  ],
};
