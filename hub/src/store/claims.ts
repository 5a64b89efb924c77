import type { AccountId, OrgId } from "@fyr/protocol";
import type { ClaimRecord, ClaimStore } from "../members/claim-store.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toClaim = (row: Row<"ownership_claims">): ClaimRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id,
  accountId: row.account_id as AccountId,
  claimedAt: row.claimed_at,
  effectiveAt: row.effective_at,
});

export const claimStore = ({ within, acrossOrgs }: Access): ClaimStore => ({
  async insert({ orgId, id, accountId, claimedAt, effectiveAt }) {
    const row = { id, account_id: accountId, claimed_at: claimedAt, effective_at: effectiveAt };
    await within(orgId)
      .insert("ownership_claims", { ...row, state: "open", ended_at: null, ended_by: null })
      .execute();
  },
  async open(orgId) {
    const query = within(orgId).from("ownership_claims").selectAll().where("state", "=", "open");
    const row = await query.executeTakeFirst();
    return row ? toClaim(row) : null;
  },
  async end({ orgId, id }, how, by, at) {
    await within(orgId)
      .update("ownership_claims")
      .set({ state: how, ended_at: at, ended_by: by })
      .where("id", "=", id)
      .execute();
  },
  async due(now) {
    const rows = await acrossOrgs
      .selectFrom("ownership_claims")
      .innerJoin("organisations", "organisations.id", "ownership_claims.org_id")
      .select("ownership_claims.org_id")
      .where("ownership_claims.state", "=", "open")
      .where("ownership_claims.effective_at", "<=", now)
      .where("organisations.archived_at", "is", null)
      .orderBy("ownership_claims.org_id")
      .execute();
    return rows.map(({ org_id }) => org_id as OrgId);
  },
});
