import { sql } from "kysely";
import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Accounts that were suspended from outside, and claims on organisations that lost their owner so. */
export const ownership: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index, addIntOrNull } = makerOf(db, text);
    await addIntOrNull("accounts", "suspended_at");
    await table(
      "ownership_claims",
      ["org_id", "id"],
      ["org_id", "id", "account_id", "state", "ended_by?"],
      ["claimed_at", "effective_at", "ended_at?"],
    );
    await index("ownership_claims_open", "ownership_claims", ["org_id"])
      .unique()
      .where(sql<boolean>`state = 'open'`)
      .execute();
  },
});
