import type { FolderId, OrgId } from "@fyr/protocol";
import { sql } from "kysely";
import { nameKey } from "../folders/name-key.ts";
import type { FolderRecord, FolderStore } from "../folders/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import type { Database } from "./database.ts";
import { folderTies } from "./folder-ties.ts";
import { folderWithin } from "./reach.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const WAYS = bulkInsert("folder_paths");

const toFolder = (row: Omit<Row<"folders">, "name_key">): FolderRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as FolderId,
  parentId: row.parent_id as FolderId | null,
  name: row.name,
  createdAt: row.created_at,
  version: row.version,
});

const count = sql<number>`cast(count(*) as bigint)`.as("found");

type Ways = Pick<Access, "within">;

const upFrom = ({ within }: Ways, orgId: OrgId, folderId: FolderId) =>
  within(orgId)
    .from("folder_paths")
    .select(["ancestor_id", "distance"])
    .where("folder_id", "=", folderId)
    .orderBy("distance")
    .execute();

const downFrom = ({ within }: Ways, orgId: OrgId, folderId: FolderId) =>
  within(orgId)
    .from("folder_paths")
    .select(["folder_id", "distance"])
    .where("ancestor_id", "=", folderId)
    .execute();

export const folderStore = (database: Database, reach: Access): FolderStore => ({
  ...readFolders(database, reach),
  ...changeFolders(database, reach),
  ...folderTies(database, reach),
});

type Reads = "find" | "page" | "count" | "pathOf" | "levelsBelow" | "namesake" | "holds";

function readFolders(database: Database, reach: Access): Pick<FolderStore, Reads> {
  const { within } = reach;
  const countOf = async (
    orgId: OrgId,
    table: "folders" | "devices" | "servers",
    column: "parent_id" | "folder_id",
    id: string,
  ) =>
    (
      await within(orgId)
        .from(table as "folders")
        .select(count)
        .where(column as "parent_id", "=", id)
        .executeTakeFirstOrThrow()
    ).found;

  return {
    async find(orgId, folderId) {
      const query = within(orgId).from("folders").selectAll().where("id", "=", folderId);
      const row = await query.executeTakeFirst();
      return row ? toFolder(row) : null;
    },
    async page(orgId, reach, { after, limit }) {
      let query = within(orgId)
        .from("folders")
        .select(["org_id", "id", "name", "created_at", "version"])
        .select(({ ref }) => {
          const parent = ref("folders.parent_id");
          const seen = folderWithin(database, orgId, sql<string>`${parent}`, reach);
          return sql<string | null>`case when ${seen} then ${parent} end`.as("parent_id");
        })
        .where(({ ref }) => folderWithin(database, orgId, ref("folders.id"), reach))
        .orderBy("id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toFolder);
    },
    async count(orgId) {
      return (await within(orgId).from("folders").select(count).executeTakeFirstOrThrow()).found;
    },
    async pathOf(orgId, folderId) {
      return (await upFrom(reach, orgId, folderId)).map(({ ancestor_id }) => ancestor_id as FolderId);
    },
    async levelsBelow(orgId, folderId) {
      return Math.max(0, ...(await downFrom(reach, orgId, folderId)).map(({ distance }) => distance));
    },
    async namesake(orgId, parentId, name) {
      const row = await within(orgId)
        .from("folders")
        .selectAll()
        .where("parent_id", "=", parentId)
        .where("name_key", "=", nameKey(name))
        .executeTakeFirst();
      return row ? toFolder(row) : null;
    },
    async holds(orgId, folderId) {
      return {
        folders: await countOf(orgId, "folders", "parent_id", folderId),
        devices: await countOf(orgId, "devices", "folder_id", folderId),
        servers: await countOf(orgId, "servers", "folder_id", folderId),
      };
    },
  };
}

function changeFolders(
  database: Database,
  reach: Access,
): Pick<FolderStore, "insert" | "rename" | "move" | "remove"> {
  const { acrossOrgs, within } = reach;
  async function insertWays(rows: readonly Row<"folder_paths">[]): Promise<void> {
    await database.bulk(acrossOrgs, WAYS, cells(WAYS, rows));
  }

  return {
    async insert({ orgId, id, parentId, name, createdAt, version }) {
      const row = { id, parent_id: parentId, name, name_key: nameKey(name), created_at: createdAt, version };
      await within(orgId).insert("folders", row).execute();
      const above = parentId === null ? [] : await upFrom(reach, orgId, parentId);
      const own = { org_id: orgId, folder_id: id };
      await insertWays([
        { ...own, ancestor_id: id, distance: 0 },
        ...above.map(({ ancestor_id, distance }) => ({ ...own, ancestor_id, distance: distance + 1 })),
      ]);
    },
    async rename({ orgId, id, version }, name) {
      await within(orgId)
        .update("folders")
        .set({ name, name_key: nameKey(name), version: version + 1 })
        .where("id", "=", id)
        .execute();
    },
    async move({ orgId, id, version }, parentId) {
      const [moved, above] = [await downFrom(reach, orgId, id), await upFrom(reach, orgId, parentId)];
      const ids = moved.map(({ folder_id }) => folder_id);
      await within(orgId)
        .remove("folder_paths")
        .where(({ ref }) => database.among(ref("folder_id"), ids))
        .where(({ ref, not }) => not(database.among(ref("ancestor_id"), ids)))
        .execute();
      await insertWays(
        moved.flatMap(({ folder_id, distance: below }) =>
          above.map(({ ancestor_id, distance }) => ({
            ...{ org_id: orgId, folder_id, ancestor_id },
            distance: below + 1 + distance,
          })),
        ),
      );
      await within(orgId)
        .update("folders")
        .set({ parent_id: parentId, version: version + 1 })
        .where("id", "=", id)
        .execute();
    },
    async remove({ orgId, id, parentId }) {
      const org = within(orgId);
      for (const table of ["agents", "servers"] as const)
        await org
          .update(table as "agents")
          .set({ folder_id: parentId })
          .where("folder_id", "=", id)
          .execute();
      for (const table of ["folder_paths", "grants"] as const)
        await org.remove(table).where("folder_id", "=", id).execute();
      await org.remove("folders").where("id", "=", id).execute();
    },
  };
}
