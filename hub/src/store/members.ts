import type {
  AccountId,
  EmailAddress,
  FactorMethod,
  FolderGrant,
  FolderId,
  Language,
  OrgId,
  Role,
} from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { HeldMember, MemberRecord, MemberStore, PersonMember } from "../members/store.ts";
import type { Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toMember = (row: Row<"members">): MemberRecord => ({
  orgId: row.org_id as OrgId,
  principalId: row.principal_id as PrincipalId,
  kind: row.kind as MemberRecord["kind"],
  role: row.role as Role,
  owner: row.owner === 1,
  active: row.active === 1,
  pending: row.pending as Role | null,
  invitedBy: row.invited_by,
  joinedAt: row.joined_at,
  version: row.version,
});

const fromMember = ({ kind, role, pending, invitedBy, joinedAt, version, ...member }: MemberRecord) => ({
  ...{ kind, role, pending, invited_by: invitedBy, joined_at: joinedAt, version },
  ...{ owner: member.owner ? 1 : 0, active: member.active ? 1 : 0 },
});

type Shown = Pick<Row<"accounts">, "name" | "email" | "factor_method" | "signed_in_at" | "suspended_at">;

const toPerson = (row: Row<"members"> & Shown, grants: readonly FolderGrant[]): PersonMember => ({
  ...toMember(row),
  ...{ grants, accountId: row.principal_id as AccountId, name: row.name, email: row.email as EmailAddress },
  ...{ factorMethod: row.factor_method as FactorMethod | null, signedInAt: row.signed_in_at },
});

const toGrant = ({ folder_id, role }: Row<"grants">): FolderGrant => ({
  folderId: folder_id as FolderId,
  role: role as FolderGrant["role"],
});

export const memberStore = (database: Database, access: Access): MemberStore => ({
  ...records(database, access),
  ...people(database, access),
  ...folders(database, access),
});

/** The grants of some members, by member. */
async function grantsOf(
  database: Database,
  { within }: Access,
  orgId: OrgId,
  principals: readonly string[],
): Promise<(principalId: string) => FolderGrant[]> {
  const rows = await within(orgId)
    .from("grants")
    .selectAll()
    .where(({ ref }) => database.among(ref("principal_id"), principals))
    .orderBy("folder_id")
    .execute();
  const byMember = Map.groupBy(rows, ({ principal_id }) => principal_id);
  return (principalId) => (byMember.get(principalId) ?? []).map(toGrant);
}

type Records = Pick<MemberStore, "insert" | "find" | "save" | "remove">;

function records(database: Database, access: Access): Records {
  const { within, acrossOrgs } = access;
  async function grant(
    orgId: OrgId,
    principalId: PrincipalId,
    grants: readonly FolderGrant[],
    at: number,
  ): Promise<void> {
    if (grants.length === 0) return;
    const rows = grants.map(({ folderId, role }) => ({
      ...{ org_id: orgId, principal_id: principalId, folder_id: folderId, role, created_at: at },
    }));
    await acrossOrgs.insertInto("grants").values(rows).execute();
  }
  const drop = (orgId: OrgId, principalId: PrincipalId) =>
    within(orgId).remove("grants").where("principal_id", "=", principalId).execute();
  return {
    async insert(member, grants) {
      const { orgId, principalId, joinedAt } = member;
      const row = { principal_id: principalId, ...fromMember(member) };
      await within(orgId).insert("members", row).execute();
      await grant(orgId, principalId, grants, joinedAt);
    },
    async find(orgId, principalId): Promise<HeldMember | null> {
      const query = within(orgId).from("members").selectAll().where("principal_id", "=", principalId);
      const row = await query.executeTakeFirst();
      if (!row) return null;
      const grants = await grantsOf(database, access, orgId, [principalId]);
      return { ...toMember(row), grants: grants(principalId) };
    },
    async save({ grants, ...member }, at) {
      const { orgId, principalId, version } = member;
      await within(orgId)
        .update("members")
        .set({ ...fromMember(member), version: version + 1 })
        .where("principal_id", "=", principalId)
        .execute();
      await drop(orgId, principalId);
      await grant(orgId, principalId, grants, at);
    },
    async remove(orgId, principalId) {
      await drop(orgId, principalId);
      const query = within(orgId).remove("members").where("principal_id", "=", principalId);
      return (await query.executeTakeFirst()).numDeletedRows === 1n;
    },
  };
}

type People = Pick<MemberStore, "person" | "page" | "owners" | "admins">;

function people(database: Database, access: Access): People {
  const everybody = (orgId: OrgId) =>
    access
      .within(orgId)
      .from("members")
      .innerJoin("accounts", "accounts.id", "members.principal_id")
      .selectAll("members")
      .select(["accounts.name", "accounts.email", "accounts.factor_method", "accounts.signed_in_at"])
      .select("accounts.suspended_at");
  const withGrants = async (orgId: OrgId, rows: (Row<"members"> & Shown)[]) => {
    const principals = rows.map(({ principal_id }) => principal_id);
    const grants = await grantsOf(database, access, orgId, principals);
    return rows.map((row) => toPerson(row, grants(row.principal_id)));
  };
  return {
    async person(orgId, accountId) {
      const rows = await everybody(orgId).where("members.principal_id", "=", accountId).execute();
      return (await withGrants(orgId, rows))[0] ?? null;
    },
    async page(orgId, { after, limit }) {
      const query = everybody(orgId)
        .orderBy("members.principal_id")
        .limit(limit + 1);
      const rows = await (
        after === undefined ? query : query.where("members.principal_id", ">", after)
      ).execute();
      return withGrants(orgId, rows);
    },
    async owners(orgId) {
      const rows = await everybody(orgId).where("members.owner", "=", 1).execute();
      return rows.map(({ principal_id, active, factor_method, suspended_at }) => ({
        principalId: principal_id as PrincipalId,
        counts: active === 1 && factor_method !== null && suspended_at === null,
      }));
    },
    async admins(orgId) {
      const query = access
        .within(orgId)
        .from("members")
        .innerJoin("accounts", "accounts.id", "members.principal_id")
        .select(["accounts.email", "accounts.language"])
        .where("members.role", "=", "admin")
        .orderBy("accounts.id");
      const rows = await query.execute();
      return rows.map(({ email, language }) => ({
        email: email as EmailAddress,
        language: language as Language,
      }));
    },
  };
}

type Folders = Pick<MemberStore, "tree" | "existing">;

const folders = (database: Database, { within }: Access): Folders => ({
  async tree(orgId) {
    const found = await within(orgId)
      .from("folders")
      .select(["id", "parent_id", "name"])
      .orderBy("id")
      .execute();
    const held = await within(orgId)
      .from("devices")
      .select(({ fn }) => ["folder_id", fn.countAll<number>().as("devices")])
      .groupBy("folder_id")
      .execute();
    const counts = new Map(held.map(({ folder_id, devices }) => [folder_id, devices]));
    return found.map(({ id, parent_id, name }) => ({
      ...{ id: id as FolderId, parentId: parent_id as FolderId | null, name },
      devices: counts.get(id) ?? 0,
    }));
  },
  async existing(orgId, folderIds) {
    const rows = await within(orgId)
      .from("folders")
      .select("id")
      .where(({ ref }) => database.among(ref("id"), folderIds))
      .execute();
    return rows.map(({ id }) => id as FolderId);
  },
});
