import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "One key under two names meets a threshold of two.",
  edits: [
    {
      file: "certs/src/images/workflow.ts",
      find: "    if (!isPlain || new Set(texts).size !== texts.length)",
      replace: "    if (!isPlain)",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "certs/src/images/client.test.ts",
      name: "one key under two names does not count twice",
    },
  ],
};
