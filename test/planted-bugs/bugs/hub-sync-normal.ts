import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "The hub acknowledges reports that a power cut takes back.",
  edits: [
    {
      file: "hub/src/store/sqlite.ts",
      find: `handle.pragma("synchronous = full");`,
      replace: `handle.pragma("synchronous = normal");`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/store/schema.test.ts",
      name: "SQLite keeps what was acknowledged through a power cut",
    },
    { kind: "seed", seed: 3, invariant: "X3" },
  ],
};
