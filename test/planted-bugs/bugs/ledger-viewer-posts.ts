import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "That somebody is a member is enough to move licences.",
  edits: [
    {
      file: "hub/src/licences/command.ts",
      find: `  demand(member, action);
  return member;`,
      replace: `  if (action === undefined) demand(member, action);
  return member;`,
    },
  ],
  caughtBy: [{ kind: "ledger", in: "race", invariant: "I-19" }],
};
