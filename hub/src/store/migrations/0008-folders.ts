import { sql } from "kysely";
import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Local applications that synchronise with folders; who was a member once; support that an organisation let in. */
export const folders: MigrationFor = ({ text, kind }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);
    await table(
      "folder_applications",
      ["org_id", "folder_id", "holder", "kind", "name"],
      ["org_id", "folder_id", "holder", "kind", "name"],
      ["seen_at"],
    );
    await table("former_members", ["org_id", "principal_id"], ["org_id", "principal_id"], []);
    await table(
      "support_grants",
      ["org_id", "id"],
      ["org_id", "id", "granted_by", "reason", "ended_by?"],
      ["granted_at", "until", "ended_at?"],
    );
    await index("agents_folder", "agents", ["org_id", "folder_id"]).execute();
    for (const statement of kind === "sqlite" ? REMEMBER_SQLITE : REMEMBER_POSTGRES)
      await sql.raw(statement).execute(db);
  },
});

/** Beneath every path that removes members, so that an archived organisation can answer those who were in it. */
const REMEMBER = `insert into former_members (org_id, principal_id) values (old.org_id, old.principal_id)
  on conflict do nothing`;

const REMEMBER_SQLITE = [`create trigger members_remember after delete on members begin ${REMEMBER}; end`];

const REMEMBER_POSTGRES = [
  `create function members_remember() returns trigger language plpgsql as $$
   begin ${REMEMBER}; return null; end $$`,
  `create trigger members_remember after delete on members
   for each row execute function members_remember()`,
];
