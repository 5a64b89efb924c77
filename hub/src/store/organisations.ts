import type { Organisation, OrgId } from "@fyr/protocol";
import type { OrganisationStore } from "../organisations/store.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toOrganisation = ({ id, name, created_at }: Row<"organisations">): Organisation => ({
  id: id as OrgId,
  name,
  createdAt: created_at,
});

export const organisationStore = ({ global }: Access): OrganisationStore => ({
  async insert({ id, name, createdAt }) {
    await global.insertInto("organisations").values({ id, name, created_at: createdAt }).execute();
  },
  async find(orgId) {
    const row = await global
      .selectFrom("organisations")
      .selectAll()
      .where("id", "=", orgId)
      .executeTakeFirst();
    return row ? toOrganisation(row) : null;
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
