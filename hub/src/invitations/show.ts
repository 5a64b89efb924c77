import type { Invitation } from "@fyr/protocol";
import type { InvitationRecord } from "./store.ts";

/** Whether its link opens anything at this moment. */
export const isOpen = ({ state, until }: Pick<InvitationRecord, "state" | "until">, now: number): boolean =>
  state === "pending" && now < until;

export const showInvitation = (invitation: InvitationRecord, now: number): Invitation => {
  const { id, email, role, folderIds, invitedBy, createdAt, sentAt, until, version } = invitation;
  const state = isOpen(invitation, now) ? "pending" : "expired";
  return {
    ...{ id, email, role, folderIds: [...folderIds], state, invitedBy, createdAt, sentAt, until, version },
  };
};

/** What the audit keeps of an invitation: never the token, not even its hash. */
export const invitationFacts = ({ email, role, folderIds, until }: InvitationRecord) => ({
  ...{ email, role, folderIds, until },
});
