import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The word of an agent whose attempt was given to another still moves the task.",
  edits: [
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: `  if (task?.agentId !== draft.link.agentId || place.epoch < task.epoch) return undefined;
  if (place.epoch === task.epoch) return task;`,
      replace: `  if (task?.agentId !== draft.link.agentId) return undefined;
  if (place.epoch <= task.epoch) return task;`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/fleet/sync/decide.test.ts",
      name: "whoever holds an older epoch is fenced, his word is kept as evidence and changes nothing",
    },
  ],
};
