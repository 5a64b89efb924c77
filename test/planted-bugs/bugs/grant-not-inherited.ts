import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A grant counts in its own folder alone, not in those below.",
  edits: [
    {
      file: "protocol/src/access/may.ts",
      find: "path.includes(folderId)",
      replace: "path[0] === folderId",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/folders/trees.test.ts",
      name: "B4-E1 A-10: 10,000 random trees and grants, decided as a walk up the parents decides",
    },
  ],
};
