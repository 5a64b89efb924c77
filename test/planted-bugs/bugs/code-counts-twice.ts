import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "A code of an authenticator is compared with the last one that was read, not with the last one that was used.",
  edits: [
    {
      file: "hub/src/store/accounts.ts",
      find: `        .where("id", "=", id)
        .where("factor_step", "<", step)
`,
      replace: `        .where("id", "=", id)
`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/store/contracts.test.ts",
      name: "on SQLite > a store > SQLite B1-S3: of two codes of one step one counts, in 200 races, and none of an earlier step",
    },
  ],
};
