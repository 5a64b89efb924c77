import { OrgSettings, type AccountId, type AgentId, type Language, type OrgId } from "@fyr/protocol";
import { sql } from "kysely";
import type { PrincipalId } from "../access/store.ts";
import type { OrganisationRecord, OrganisationStore } from "../organisations/store.ts";
import type { PageWish } from "../ports.ts";
import { locked, notEnded, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

export const toSettings = (text: string): OrgSettings => OrgSettings.parse(JSON.parse(text));

const toOrganisation = (row: Row<"organisations">): OrganisationRecord => ({
  id: row.id as OrgId,
  name: row.name,
  notes: row.notes,
  createdAt: row.created_at,
  archivedAt: row.archived_at,
  archivedBy: row.archived_by,
  settings: toSettings(row.settings),
  version: row.version,
});

const fromOrganisation = (organisation: OrganisationRecord): Row<"organisations"> => ({
  id: organisation.id,
  name: organisation.name,
  notes: organisation.notes,
  created_at: organisation.createdAt,
  archived_at: organisation.archivedAt,
  archived_by: organisation.archivedBy,
  settings: JSON.stringify(organisation.settings),
  version: organisation.version,
});

export const organisationStore = (
  database: Database,
  { global, acrossOrgs, within }: Access,
): OrganisationStore => ({
  async insert(organisation) {
    await global.insertInto("organisations").values(fromOrganisation(organisation)).execute();
  },
  async find(orgId) {
    const query = global.selectFrom("organisations").selectAll().where("id", "=", orgId);
    const row = await query.executeTakeFirst();
    return row ? toOrganisation(row) : null;
  },
  async lock(orgId) {
    const query = global.selectFrom("organisations").selectAll().where("id", "=", orgId);
    const row = await locked(database, query).executeTakeFirst();
    return row ? toOrganisation(row) : null;
  },
  async save(organisation) {
    const { id, created_at: _, ...changed } = fromOrganisation(organisation);
    await global.updateTable("organisations").set(changed).where("id", "=", id).execute();
  },
  async pageOf(principalId, wish) {
    const query = memberships(acrossOrgs, principalId, wish).where("organisations.archived_at", "is", null);
    return (await query.execute()).map(toOrganisation);
  },
  async archivedOf(principalId, wish) {
    const query = memberships(acrossOrgs, principalId, wish)
      .where("organisations.archived_at", "is not", null)
      .where("members.owner", "=", 1);
    return (await query.execute()).map(toOrganisation);
  },
  async page({ after, limit }) {
    let query = global
      .selectFrom("organisations")
      .selectAll()
      .orderBy("id")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("id", ">", after);
    return (await query.execute()).map(toOrganisation);
  },
  async holds(orgId) {
    const counted = sql<number>`cast(count(*) as bigint)`.as("found");
    const of = async (table: "devices" | "members") =>
      (
        await within(orgId)
          .from(table as "devices")
          .select(counted)
          .executeTakeFirstOrThrow()
      ).found;
    const agents = within(orgId).from("agents").select(counted).where("state", "=", "enrolled");
    const tasks = within(orgId).from("tasks").select(counted).where(notEnded);
    return {
      devices: await of("devices"),
      agents: (await agents.executeTakeFirstOrThrow()).found,
      tasks: (await tasks.executeTakeFirstOrThrow()).found,
      members: await of("members"),
    };
  },
  async hasOwner(orgId) {
    const query = within(orgId).from("members").select("principal_id").where("owner", "=", 1);
    return (await query.executeTakeFirst()) !== undefined;
  },
  async enrolledAgents(orgId) {
    const query = within(orgId).from("agents").select("id").where("state", "=", "enrolled").orderBy("id");
    return (await query.execute()).map(({ id }) => id as AgentId);
  },
  async owners(orgId) {
    const rows = await within(orgId)
      .from("members")
      .innerJoin("accounts", "accounts.id", "members.principal_id")
      .select(["accounts.id", "accounts.email", "accounts.language"])
      .where("members.owner", "=", 1)
      .orderBy("members.joined_at")
      .orderBy("accounts.id")
      .execute();
    return rows.flatMap(({ id, email, language }) =>
      email === null ? [] : [{ accountId: id as AccountId, email, language: language as Language }],
    );
  },
});

const memberships = (
  acrossOrgs: Access["acrossOrgs"],
  principalId: PrincipalId,
  { after, limit }: PageWish,
) => {
  const query = acrossOrgs
    .selectFrom("members")
    .innerJoin("organisations", "organisations.id", "members.org_id")
    .selectAll("organisations")
    .where("members.principal_id", "=", principalId)
    .orderBy("organisations.id")
    .limit(limit + 1);
  return after === undefined ? query : query.where("organisations.id", ">", after);
};
