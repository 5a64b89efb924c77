import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A report that comes twice is taken in twice.",
  edits: [
    {
      file: "hub/src/fleet/sync/reports.ts",
      find: "  for (let seq = task.ackedSeq + 1, event = known.get(seq); event; event = known.get(++seq)) next.push(event);",
      replace: "  next.push(...told);",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/upgrades/fold.test.ts",
      name: "however events travel, the task ends up as if they had come one by one",
    },
    { kind: "seed", seed: 1, invariant: "X3" },
  ],
};
