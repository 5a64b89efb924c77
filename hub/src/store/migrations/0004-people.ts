import { sql } from "kysely";
import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Invitations, and programs that are members: their accounts and keys. */
export const people: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);

    await table(
      "invitations",
      ["org_id", "id"],
      [
        ...["org_id", "id", "email", "role", "folder_ids", "language"],
        ...["token_hash", "state", "invited_by"],
      ],
      ["created_at", "sent_at", "until", "ended_at?", "version"],
    );
    await index("invitations_token", "invitations", ["token_hash"]).unique().execute();
    // At most one that can be accepted, for an address in an organisation.
    await index("invitations_pending", "invitations", ["org_id", "email"])
      .unique()
      .where(sql<boolean>`state = 'pending'`)
      .execute();

    await table("service_accounts", ["org_id", "id"], ["org_id", "id", "name", "created_by"], ["created_at"]);
    await table(
      "api_keys",
      ["org_id", "id"],
      ["org_id", "id", "service_id", "name", "token_hash", "scope?", "created_by"],
      ["created_at", "rotated_at?", "until", "last_used_at?", "revoked_at?"],
    );
    await index("api_keys_token", "api_keys", ["token_hash"]).unique().execute();
    await index("api_keys_of", "api_keys", ["org_id", "service_id", "id"]).execute();
  },
});
