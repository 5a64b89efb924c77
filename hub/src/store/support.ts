import type { OrgId, SupportGrant } from "@fyr/protocol";
import type { SupportStore } from "../organisations/support.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toGrant = (row: Row<"support_grants">): SupportGrant => ({
  id: row.id,
  reason: row.reason,
  grantedBy: row.granted_by,
  grantedAt: row.granted_at,
  until: row.until,
  endedAt: row.ended_at,
});

export const supportStore = ({ within }: Access): SupportStore => {
  const all = (orgId: OrgId) => within(orgId).from("support_grants").selectAll();
  return {
    async insert(orgId, { id, reason, grantedBy, grantedAt, until, endedAt }) {
      const row = { id, reason, granted_by: grantedBy, granted_at: grantedAt, until, ended_at: endedAt };
      await within(orgId)
        .insert("support_grants", { ...row, ended_by: null })
        .execute();
    },
    async find(orgId, id) {
      const row = await all(orgId).where("id", "=", id).executeTakeFirst();
      return row ? toGrant(row) : null;
    },
    async page(orgId, { after, limit }) {
      let query = all(orgId)
        .orderBy("id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toGrant);
    },
    async end(orgId, id, by, at) {
      const done = await within(orgId)
        .update("support_grants")
        .set({ ended_at: at, ended_by: by })
        .where("id", "=", id)
        .where("ended_at", "is", null)
        .executeTakeFirst();
      return done.numUpdatedRows > 0n;
    },
    async isOpen(orgId, at) {
      const open = all(orgId).where("until", ">", at).where("ended_at", "is", null);
      return (await open.executeTakeFirst()) !== undefined;
    },
  };
};
