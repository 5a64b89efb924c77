import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Accounts of people, their sessions, what was mailed to them, and the outbox. */
export const accounts: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);

    await table(
      "accounts",
      ["id"],
      [
        ...["id", "email", "name", "language", "time_zone", "theme", "password_hash"],
        ...["factor_method?", "factor_seed?", "next_method?", "next_seed?"],
      ],
      [
        ...["factor_step", "next_until", "failures", "codes_tried", "codes_since"],
        ...["created_at", "signed_in_at?"],
      ],
    );
    await index("accounts_email", "accounts", ["email"]).unique().execute();

    await table(
      "registrations",
      ["token_hash"],
      ["token_hash", "email", "name", "language", "time_zone", "password_hash"],
      ["created_at", "until", "failures"],
    );
    await index("registrations_email", "registrations", ["email"]).execute();

    await table(
      "sessions",
      ["id"],
      ["id", "account_id", "token_hash", "factor", "source", "browser"],
      ["factor_at?", "created_at", "seen_at", "until"],
    );
    await index("sessions_token", "sessions", ["token_hash"]).unique().execute();
    await index("sessions_account", "sessions", ["account_id"]).execute();

    await table("recovery_codes", ["account_id", "hash"], ["account_id", "hash"], []);
    await table("mail_codes", ["session_id"], ["session_id", "account_id", "hash"], ["until", "tries_left"]);
    await table("mail_tokens", ["hash"], ["hash", "account_id", "purpose", "email?"], ["until"]);
    await index("mail_tokens_account", "mail_tokens", ["account_id"]).execute();
    await table("throttle", ["key"], ["key"], ["failures", "refusals", "tried_at", "clean_at"]);

    await table(
      "mails",
      ["id"],
      ["id", "to_address", "kind", "language", "subject", "body?", "state", "problem?"],
      ["created_at", "tries", "next_at", "until", "ended_at?"],
    );
    await index("mails_state", "mails", ["state", "next_at"]).execute();
  },
});
