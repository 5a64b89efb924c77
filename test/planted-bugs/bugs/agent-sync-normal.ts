import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The journal's commits are not on the disk when the agent goes on: a power cut takes back what it has acted upon.",
  edits: [
    {
      file: "agent/src/store/connection.ts",
      find: `connection.pragma("synchronous = full");`,
      replace: `connection.pragma("synchronous = normal");`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "agent/src/store/store.test.ts",
      name: "what was written is on the disk, not on its way there",
    },
    { kind: "seed", seed: 5, invariant: "X3" },
  ],
};
