import type { FolderGrant, FolderId, OrgId, Role } from "@fyr/protocol";
import type { AccessStore, Membership, PrincipalId } from "../access/store.ts";
import type { Database } from "./database.ts";
import { toSettings } from "./organisations.ts";
import type { Access } from "./tables.ts";

interface MemberRow {
  principal_id: string;
  kind: string;
  role: string;
  owner: number;
  settings: string;
  archived_at: number | null;
}

interface GrantRow {
  folder_id: string;
  role: string;
}

const toMembership = (orgId: OrgId, row: MemberRow, grants: readonly GrantRow[]): Membership => ({
  ...{ orgId, principalId: row.principal_id as PrincipalId, role: row.role as Role },
  kind: row.kind as Membership["kind"],
  owner: row.owner === 1,
  grants: grants.map(({ folder_id, role }) => ({
    folderId: folder_id as FolderId,
    role: role as FolderGrant["role"],
  })),
  settings: toSettings(row.settings),
  archivedAt: row.archived_at,
});

export const accessStore = (database: Database, { global, within }: Access): AccessStore => {
  const members = (orgId: OrgId) =>
    within(orgId)
      .from("members")
      .innerJoin("organisations", "organisations.id", "members.org_id")
      .select(["members.principal_id", "members.kind", "members.role", "members.owner"])
      .select(["organisations.settings", "organisations.archived_at"]);
  const grants = (orgId: OrgId) =>
    within(orgId).from("grants").select(["principal_id", "folder_id", "role"]).orderBy("folder_id");

  return {
    async membership(orgId, principalId) {
      const row = await members(orgId).where("members.principal_id", "=", principalId).executeTakeFirst();
      if (!row) return null;
      const granted = await grants(orgId).where("principal_id", "=", principalId).execute();
      return toMembership(orgId, row, granted);
    },
    async archivedFor(orgId, principalId) {
      const row = await within(orgId)
        .from("former_members")
        .innerJoin("organisations", "organisations.id", "former_members.org_id")
        .select("organisations.archived_at")
        .where("former_members.principal_id", "=", principalId)
        .executeTakeFirst();
      return row?.archived_at ?? null;
    },
    async scoped(orgId) {
      const rows = await members(orgId)
        .where("members.role", "!=", "admin")
        .orderBy("members.principal_id")
        .execute();
      const granted = Map.groupBy(await grants(orgId).execute(), ({ principal_id }) => principal_id);
      return rows.map((row) => toMembership(orgId, row, granted.get(row.principal_id) ?? []));
    },
    async names(principals) {
      const rows = await global
        .selectFrom("accounts")
        .select(["id", "name"])
        .where(({ ref }) => database.among(ref("id"), principals))
        .execute();
      return new Map(rows.map(({ id, name }) => [id as PrincipalId, name]));
    },
  };
};
