import type { PlantedBug } from "../bug.ts";

export const bug: PlantedBug = {
  why: "One question to the database does not name the organisation: an id is enough to read what belongs to others.",
  edits: [
    {
      file: "hub/src/store/upgrades.ts",
      find: `      const row = await within(orgId).from("tasks").selectAll().where("id", "=", taskId).executeTakeFirst();
      return row ? toTask(row) : null;
    },
    async lockTask`,
      replace: `      const row = await acrossOrgs.selectFrom("tasks").selectAll().where("id", "=", taskId).executeTakeFirst();
      return row ? toTask(row) : null;
    },
    async lockTask`,
    },
  ],
  caughtBy: [
    {
      kind: "test",
      file: "hub/src/store/tenants.test.ts",
      name: "a foreign id is answered as an absent one, whatever is asked",
    },
    { kind: "seed", seed: 1, invariant: "X5" },
  ],
};
