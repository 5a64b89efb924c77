import type { AccountId, EmailAddress, FolderId, InvitationId, Language, OrgId, Role } from "@fyr/protocol";
import type { InvitationRecord, InvitationStore } from "../invitations/store.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toInvitation = (row: Row<"invitations">): InvitationRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as InvitationId,
  email: row.email as EmailAddress,
  role: row.role as Role,
  folderIds: JSON.parse(row.folder_ids) as FolderId[],
  language: row.language as Language,
  tokenHash: row.token_hash,
  state: row.state as InvitationRecord["state"],
  invitedBy: row.invited_by as AccountId,
  createdAt: row.created_at,
  sentAt: row.sent_at,
  until: row.until,
  endedAt: row.ended_at,
  version: row.version,
});

const fromInvitation = (invitation: InvitationRecord): Omit<Row<"invitations">, "org_id"> => ({
  id: invitation.id,
  email: invitation.email,
  role: invitation.role,
  folder_ids: JSON.stringify(invitation.folderIds),
  language: invitation.language,
  token_hash: invitation.tokenHash,
  state: invitation.state,
  invited_by: invitation.invitedBy,
  created_at: invitation.createdAt,
  sent_at: invitation.sentAt,
  until: invitation.until,
  ended_at: invitation.endedAt,
  version: invitation.version,
});

export function invitationStore({ within, acrossOrgs }: Access): InvitationStore {
  const all = (orgId: OrgId) => within(orgId).from("invitations").selectAll();
  const one = async (query: { executeTakeFirst(): Promise<Row<"invitations"> | undefined> }) => {
    const row = await query.executeTakeFirst();
    return row ? toInvitation(row) : null;
  };
  return {
    async insert(invitation) {
      await within(invitation.orgId).insert("invitations", fromInvitation(invitation)).execute();
    },
    find: (orgId, id) => one(all(orgId).where("id", "=", id)),
    pendingFor: (orgId, email) => one(all(orgId).where("email", "=", email).where("state", "=", "pending")),
    byToken: (tokenHash) =>
      one(acrossOrgs.selectFrom("invitations").selectAll().where("token_hash", "=", tokenHash)),
    async page(orgId, { after, limit }) {
      const query = all(orgId)
        .where("state", "=", "pending")
        .orderBy("id")
        .limit(limit + 1);
      const rows = await (after === undefined ? query : query.where("id", ">", after)).execute();
      return rows.map(toInvitation);
    },
    async save(invitation) {
      const { orgId, id, version } = invitation;
      await within(orgId)
        .update("invitations")
        .set({ ...fromInvitation(invitation), version: version + 1 })
        .where("id", "=", id)
        .execute();
    },
  };
}
