import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Lots that are transferred get the date of the earliest of them.",
  edits: [
    {
      file: "hub/src/licences/transfer.ts",
      find: 'made.push(...splitOff(from, drawn, { origin: "transfer" }));',
      replace: `const split = splitOff(from, drawn, { origin: "transfer" });
    made.push(...split.map((each) => ({ ...each, facts: { ...each.facts, expiresOn: (split[0] ?? each).facts.expiresOn } })));`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/licences/histories.test.ts",
      name: "I-14: there and back again restores both balances, and the dates of the lots as a whole",
    },
  ],
};
