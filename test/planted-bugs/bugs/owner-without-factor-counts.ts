import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "An owner who cannot sign in is enough to let the last one go who can.",
  edits: [
    {
      file: "hub/src/members/owners.ts",
      find: ".some(({ counts }) => counts)",
      replace: ".length > 0",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/members/members.test.ts",
      name: "members on SQLite > a service > owners > A-31: an owner whose second factor was taken away does not count",
    },
  ],
};
