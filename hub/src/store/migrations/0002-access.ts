import { sql } from "kysely";
import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/**
 * Folders, members and their grants; what an organisation says of itself.
 *
 * The default folder of an organisation has the organisation's id, so that it is known without a question.
 */
export const access: MigrationFor = ({ text, kind }) => ({
  async up(db) {
    const { table, index, addText, addTextOrNull, addInt, addIntOrNull } = makerOf(db, text);

    await addText("organisations", "notes", "");
    await addText("organisations", "settings", "{}");
    await addInt("organisations", "version", 1);
    await addIntOrNull("organisations", "archived_at");
    await addTextOrNull("organisations", "archived_by");

    await table(
      "folders",
      ["org_id", "id"],
      ["org_id", "id", "parent_id?", "name", "name_key"],
      ["created_at", "version"],
    );
    await index("folders_name", "folders", ["org_id", "parent_id", "name_key"]).unique().execute();
    await table(
      "folder_paths",
      ["org_id", "folder_id", "ancestor_id"],
      ["org_id", "folder_id", "ancestor_id"],
      ["distance"],
    );
    await index("folder_paths_down", "folder_paths", ["org_id", "ancestor_id", "folder_id"]).execute();

    await table(
      "members",
      ["org_id", "principal_id"],
      ["org_id", "principal_id", "kind", "role", "pending?", "invited_by?"],
      ["owner", "active", "joined_at", "version"],
    );
    await index("members_of", "members", ["principal_id", "org_id"]).execute();
    await table(
      "grants",
      ["org_id", "principal_id", "folder_id"],
      ["org_id", "principal_id", "folder_id", "role"],
      ["created_at"],
    );
    await index("grants_folder", "grants", ["org_id", "folder_id"]).execute();

    for (const holder of ["agents", "devices"]) await addText(holder, "folder_id", "");
    await sql`update agents set folder_id = org_id`.execute(db);
    await sql`update devices set folder_id = org_id`.execute(db);
    await index("devices_folder", "devices", ["org_id", "folder_id", "id"]).execute();
    await sql`
      insert into folders (org_id, id, parent_id, name, name_key, created_at, version)
      select id, id, null, name, lower(name), created_at, 1 from organisations`.execute(db);
    await sql`
      insert into folder_paths (org_id, folder_id, ancestor_id, distance)
      select id, id, id, 0 from organisations`.execute(db);

    for (const statement of kind === "sqlite" ? KEEP_AN_OWNER_SQLITE : KEEP_AN_OWNER_POSTGRES)
      await sql.raw(statement).execute(db);
  },
});

const OWNERS = (org: string) =>
  `select 1 from members where org_id = ${org} and owner = 1 and active = 1 and kind = 'person'`;

/**
 * The database repeats the check that an organisation keeps an owner, beneath every path that changes members.
 * SQLite has no deferred triggers, so there the new owner is written before the old one loses the mark.
 */
const KEEP_AN_OWNER_SQLITE = ["update", "delete"].map(
  (change) => `
  create trigger members_keep_owner_${change} after ${change} on members
  when old.owner = 1 and not exists (${OWNERS("old.org_id")})
  begin select raise(abort, 'LAST_OWNER'); end`,
);

const KEEP_AN_OWNER_POSTGRES = [
  `create function members_keep_owner() returns trigger language plpgsql as $$
   begin
     if not exists (${OWNERS("old.org_id")}) then raise exception 'LAST_OWNER'; end if;
     return null;
   end $$`,
  `create constraint trigger members_keep_owner after update or delete on members
   deferrable initially deferred for each row when (old.owner = 1) execute function members_keep_owner()`,
];
