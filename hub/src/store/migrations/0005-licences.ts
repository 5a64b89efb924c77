import { sql, type RawBuilder } from "kysely";
import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** What is written once and never touched again: the database itself refuses anything else. */
const INSERT_ONLY = ["licence_txs", "licence_entries", "licence_commands"];

/** Accounts of which one organisation's share may be negative, because another holds the other part. */
const SHARES = "account in ('issuer', 'transit') or account like 'hw:%' or account like 'ext:%'";

function refusals(kind: "sqlite" | "postgres"): RawBuilder<unknown>[] {
  if (kind === "sqlite") {
    return INSERT_ONLY.flatMap((table) =>
      ["update", "delete"].map((act) =>
        sql.raw(
          `create trigger ${table}_no_${act} before ${act} on ${table} begin select raise(abort, '${table} is insert-only'); end`,
        ),
      ),
    );
  }
  const refuse = sql.raw(
    `create function licences_insert_only() returns trigger language plpgsql as ` +
      `$$ begin raise exception '% is insert-only', tg_table_name; end $$`,
  );
  const triggers = INSERT_ONLY.flatMap((table) => [
    sql.raw(
      `create trigger ${table}_kept before update or delete on ${table} for each row execute function licences_insert_only()`,
    ),
    sql.raw(
      `create trigger ${table}_whole before truncate on ${table} for each statement execute function licences_insert_only()`,
    ),
  ]);
  return [refuse, ...triggers];
}

/** The ledger of licences, what it adds up to, keys, systems and their files. */
export const licences: MigrationFor = ({ text, kind }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);

    await table(
      "licence_keys",
      ["hash"],
      ["hash", "hint", "kind", "product", "items", "batch", "redeemed_org?", "redeemed_by?", "void_reason?"],
      ["issued_at", "redeemed_at?", "voided_at?"],
    );
    await index("licence_keys_batch", "licence_keys", ["batch"]).execute();
    await table(
      "licence_hardware",
      ["hw_id"],
      ["hw_id", "product", "items", "attached_to?"],
      ["activated_at?"],
    );
    await table("licence_tries", ["id"], ["id", "actor"], ["at"]);
    await index("licence_tries_actor", "licence_tries", ["actor", "at"]).execute();

    await table("licence_heads", ["org_id"], ["org_id", "hash", "anchor?"], ["seq"]);
    await table("licence_subscriptions", ["org_id", "product"], ["org_id", "product", "started_on"], []);
    await table(
      "licence_txs",
      ["org_id", "seq"],
      ["org_id", "id", "type", "product?", "effective_on", "actor", "body", "previous", "hash"],
      ["seq"],
    );
    await index("licence_txs_id", "licence_txs", ["org_id", "id"]).unique().execute();
    await table(
      "licence_entries",
      ["org_id", "seq", "line"],
      ["org_id", "account", "commodity", "lot?"],
      ["seq", "line", "ticks"],
    );
    await index("licence_entries_account", "licence_entries", [
      "org_id",
      "account",
      "commodity",
      "seq",
      "line",
    ]).execute();
    await table("licence_commands", ["org_id", "key"], ["org_id", "key", "fingerprint", "answer"], ["at"]);

    await sql`
      create table licence_lots (
        org_id ${text} not null, id ${text} not null, place ${text} not null, facts ${text} not null,
        ticks bigint not null check (ticks >= 0),
        constraint licence_lots_key primary key (org_id, id)
      )`.execute(db);
    await index("licence_lots_open", "licence_lots", ["org_id"])
      .where("ticks" as never, ">", 0)
      .execute();
    await sql`
      create table licence_balances (
        org_id ${text} not null, account ${text} not null, commodity ${text} not null,
        ticks bigint not null check (ticks >= 0 or ${sql.raw(SHARES)}),
        constraint licence_balances_key primary key (org_id, account, commodity)
      )`.execute(db);
    await index("licence_balances_account", "licence_balances", ["account", "commodity"]).execute();
    await table("licence_allocations", ["org_id", "id"], ["org_id", "id", "body"], []);
    await table(
      "licence_needs",
      ["org_id", "product", "counted_on"],
      ["org_id", "product", "counted_on", "by_type"],
      [],
    );

    await table(
      "licence_systems",
      ["org_id", "id"],
      [
        ...["org_id", "id", "product", "name", "connectivity", "licensing", "hw_id?", "public_key?"],
        ...["software_version", "counts"],
      ],
      ["sequence", "registered_at", "reported_at", "removed_at?"],
    );
    await index("licence_systems_one_place", "licence_systems", ["id"])
      .unique()
      .where("removed_at" as never, "is", null)
      .execute();
    await table(
      "licence_files",
      ["org_id", "system_id", "serial"],
      ["org_id", "system_id", "valid_until?", "text"],
      ["serial", "issued_at"],
    );
    await table("licence_notices", ["org_id", "notice"], ["org_id", "notice"], ["at"]);
    await table("licence_choices", ["org_id", "product"], ["org_id", "product", "devices"], []);

    for (const refusal of refusals(kind)) await refusal.execute(db);
  },
});
