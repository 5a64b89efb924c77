import type { FolderGrant, FolderId, Role } from "@fyr/protocol";
import type { AccessStore } from "../access/store.ts";
import { toSettings } from "./organisations.ts";
import type { Access } from "./tables.ts";

export const accessStore = ({ within }: Access): AccessStore => ({
  async membership(orgId, principalId) {
    const row = await within(orgId)
      .from("members")
      .innerJoin("organisations", "organisations.id", "members.org_id")
      .select(["members.kind", "members.role", "members.owner"])
      .select(["organisations.settings", "organisations.archived_at"])
      .where("members.principal_id", "=", principalId)
      .executeTakeFirst();
    if (!row) return null;
    const grants = await within(orgId)
      .from("grants")
      .select(["folder_id", "role"])
      .where("principal_id", "=", principalId)
      .orderBy("folder_id")
      .execute();
    return {
      ...{ orgId, principalId, kind: row.kind as "person" | "service", role: row.role as Role },
      owner: row.owner === 1,
      grants: grants.map(({ folder_id, role }) => ({
        folderId: folder_id as FolderId,
        role: role as FolderGrant["role"],
      })),
      settings: toSettings(row.settings),
      archivedAt: row.archived_at,
    };
  },
});
