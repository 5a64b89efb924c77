import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A process that was replaced, from a copied folder, may speak for the site again.",
  edits: [
    {
      file: "hub/src/fleet/sync/boot.ts",
      find: "  if (link.displaced.includes(bootId) && !isLeftAlone(facts))",
      replace: "  if (link.displaced.length > 1_000 && !isLeftAlone(facts))",
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/fleet/sync/decide.test.ts",
      name: "a restart takes over at once, and who was replaced may not come back",
    },
  ],
};
