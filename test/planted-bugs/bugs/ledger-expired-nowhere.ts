import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "Licences that expire go to an account that nobody counts.",
  edits: [
    {
      file: "hub/src/licences/settle.ts",
      find: "{ account: ACCOUNTS.expired, commodity, ticks }",
      replace: '{ account: "lapsed", commodity, ticks }',
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-4" }],
};
