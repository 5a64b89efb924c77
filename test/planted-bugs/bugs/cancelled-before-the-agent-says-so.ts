import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The hub calls a task cancelled while the agent still works on it.",
  edits: [
    {
      file: "hub/src/upgrades/cancel.ts",
      find: `    case "keep":
      return wished(task, now);`,
      replace: `    case "keep":
      return { task: { ...move({ ...task, cancel: "done" }, "cancel", now), changedAt: now }, tell: true };`,
    },
    {
      file: "hub/src/upgrades/cancel.ts",
      find: `      if (isTooLate(task)) throw new Fault("CANCEL_TOO_LATE", { step: task.lastStep });
      return wished(task, now);`,
      replace: `      if (isTooLate(task)) throw new Fault("CANCEL_TOO_LATE", { step: task.lastStep });
      return { task: { ...move({ ...task, cancel: "done" }, "cancel", now), changedAt: now }, tell: true };`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/service.test.ts",
      name: "cancel meets each phase as the matrix says",
    },
  ],
};
