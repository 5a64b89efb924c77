import { Fault, type InvitationAccepted } from "@fyr/protocol";
import type { Person } from "../access/caller.ts";
import { actorOf } from "../access/caller.ts";
import { personOf } from "../members/list.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import { hashOf } from "../accounts/secret.ts";
import type { OrganisationRecord } from "../organisations/store.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { joinedAs } from "./join.ts";
import type { InvitationService } from "./service.ts";
import { isOpen } from "./show.ts";
import type { InvitationRecord } from "./store.ts";
import { tellAdmins } from "./tell.ts";

/** An invitation that its link opens, and where it leads. */
export interface Opened {
  readonly invitation: InvitationRecord;
  readonly organisation: OrganisationRecord;
}

/**
 * @throws Fault `INVITATION_INVALID` for a token that is unknown, used, revoked or over, and while the organisation is
 * archived: all the same, naming nobody
 */
export async function openInvitation(
  { invitations, organisations }: Pick<Stores, "invitations" | "organisations">,
  token: string,
  now: number,
): Promise<Opened> {
  const invitation = await invitations.byToken(hashOf(token));
  if (!invitation || !isOpen(invitation, now)) throw new Fault("INVITATION_INVALID");
  const organisation = await organisations.find(invitation.orgId);
  if (!organisation || organisation.archivedAt !== null) throw new Fault("INVITATION_INVALID");
  return { invitation, organisation };
}

/** @throws Fault `INVITATION_EMAIL_MISMATCH` unless the account has exactly the address that was invited */
async function demandInvited(
  { accounts }: Pick<Stores, "accounts">,
  { accountId }: Person,
  { email }: InvitationRecord,
): Promise<void> {
  const account = await accounts.find(accountId);
  if (account?.email !== email) throw new Fault("INVITATION_EMAIL_MISMATCH", { invited: email });
}

export const acceptService = (
  ports: AccountPorts,
  store: HubStore,
): Pick<InvitationService, "view" | "accept"> => ({
  async view(token) {
    const { read } = store;
    const { invitation, organisation } = await openInvitation(read, token, ports.clock.wall());
    const { email, role, until, invitedBy } = invitation;
    const inviter = (await read.accounts.find(invitedBy))?.name ?? null;
    return { organisation: organisation.name, inviter, email, role, until };
  },

  accept: (person, token) =>
    store.write(async (stores) => {
      const now = ports.clock.wall();
      const { invitation } = await openInvitation(stores, token, now);
      // Whoever comes with the same link waits here, and finds it used.
      await stores.organisations.lock(invitation.orgId);
      const opened = await openInvitation(stores, token, now);
      await demandInvited(stores, person, opened.invitation);
      return join(ports, stores, person, opened, now);
    }),
});

async function join(
  ports: AccountPorts,
  stores: Stores,
  person: Person,
  { invitation, organisation }: Opened,
  at: number,
): Promise<InvitationAccepted> {
  const { orgId, id, role: meant, folderIds, invitedBy } = invitation;
  const { accountId } = person;
  if (await stores.members.find(orgId, accountId)) throw new Fault("ALREADY_MEMBER");
  const existing = await stores.members.existing(orgId, folderIds);
  const { role, grants, pending } = joinedAs(meant, existing, organisation.settings);
  const member = { orgId, principalId: accountId, kind: "person", owner: false, active: true } as const;
  const since = { invitedBy, joinedAt: at, version: 1 };
  await stores.members.insert({ ...member, role, pending, ...since }, grants);
  await stores.invitations.save({ ...invitation, state: "accepted", endedAt: at });
  const dropped = folderIds.filter((folderId) => !existing.includes(folderId));
  const after = { accountId, role, grants, pending, dropped };
  const entry = { orgId, at, actor: actorOf(person), action: "invitation.accepted", object: id };
  await stores.audit.append([{ ...entry, after }]);
  await tellAdmins(ports, stores, {
    organisation,
    joined: await personOf(stores, orgId, accountId),
    folders: { left: existing.length, dropped: dropped.length },
  });
  return { orgId, role, pendingRole: pending };
}
