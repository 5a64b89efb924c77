import { OrgSettings, type OrgId } from "@fyr/protocol";
import type { OrganisationRecord, OrganisationStore } from "../organisations/store.ts";
import { locked, type Database } from "./database.ts";
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

export const organisationStore = (database: Database, { global, acrossOrgs }: Access): OrganisationStore => ({
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
  async pageOf(principalId, { after, limit }) {
    let query = acrossOrgs
      .selectFrom("members")
      .innerJoin("organisations", "organisations.id", "members.org_id")
      .selectAll("organisations")
      .where("members.principal_id", "=", principalId)
      .orderBy("organisations.id")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("organisations.id", ">", after);
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
});
