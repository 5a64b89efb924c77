import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A hub restored from a backup fences the agents that know more than it does, and sends their tasks anew.",
  edits: [
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: "    const restored = found && found.epoch < epoch && !isTerminal(found.phase);",
      replace: "    const restored = undefined;",
    },
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: "  return isTerminal(task.phase) ? undefined : adopted(task, place.epoch, told);",
      replace: "  return undefined;",
    },
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: "    const task = restored ? adopted(found, epoch, [], standing.seqHigh) : found;",
      replace: "    const task = restored ?? found;",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/fleet/sync/decide.test.ts",
      name: "an agent with a higher epoch than the hub's is believed: the hub was restored from a backup",
    },
  ],
};
