import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A compensation credits the wallet one tick more than it takes from the year.",
  edits: [
    {
      file: "hub/src/licences/allocate.ts",
      find: `ticks: -ticks },
      { account: ACCOUNTS.wallet(org), commodity, ticks, lot: lot.id },`,
      replace: `ticks: 1 - ticks },
      { account: ACCOUNTS.wallet(org), commodity, ticks, lot: lot.id },`,
    },
  ],
  caughtBy: [{ kind: "ledger", in: "histories", invariant: "I-1" }],
};
