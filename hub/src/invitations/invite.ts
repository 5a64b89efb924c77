import {
  EmailAddress,
  Fault,
  InvitationId,
  type AccountId,
  type Invitation,
  type InvitationsMade,
  type NewInvitations,
} from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import { once } from "../idempotency/once.ts";
import { changing, demandStill } from "../members/change.ts";
import type { OrganisationRecord } from "../organisations/store.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { mailInvitation, newLink, waitFor } from "./send.ts";
import type { InvitationService } from "./service.ts";
import { invitationFacts, showInvitation } from "./show.ts";
import type { InvitationRecord } from "./store.ts";

type Item = InvitationsMade["items"][number];
type Meant = Pick<NewInvitations, "role" | "folderIds">;

/** @throws Fault `NOT_FOUND` unless every folder exists */
export async function demandFolders(
  { members }: Pick<Stores, "members">,
  { orgId }: Pick<Member, "orgId">,
  folderIds: Meant["folderIds"],
): Promise<void> {
  const wanted = [...new Set(folderIds)];
  if ((await members.existing(orgId, wanted)).length < wanted.length) throw new Fault("NOT_FOUND");
}

/** The person behind a member who may invite; no key may. */
export function inviterOf({ caller }: Member): { accountId: AccountId; language: "en" | "fr" } {
  if (caller.kind !== "person") throw new Fault("FORBIDDEN", { action: "user.invite" });
  return caller;
}

export function inviteService(ports: AccountPorts, store: HubStore): Pick<InvitationService, "invite"> {
  const { clock, ids } = ports;

  return {
    invite: (member, wish, key) => {
      const { orgId, actor } = member;
      const asked = { operation: "invite", space: orgId, actor, key, wish, now: clock.wall() };
      return changing(store, orgId, async (stores) => {
        await demandStill(stores, member, "user.invite");
        return once(stores, asked, () => all(stores, member, wish));
      });
    },
  };

  /** Every line of the wish, in its order. */
  async function all(stores: Stores, member: Member, wish: NewInvitations): Promise<InvitationsMade> {
    await demandFolders(stores, member, wish.folderIds);
    const organisation = await stores.organisations.find(member.orgId);
    if (!organisation) throw new Fault("NOT_FOUND");
    const seen = new Set<string>();
    const items: Item[] = [];
    for (const email of wish.emails) {
      items.push({ email, ...(await one(stores, { member, wish, organisation, seen }, email)) });
    }
    return { items };
  }

  /** One line of the wish. */
  async function one(stores: Stores, batch: Batch, typed: string): Promise<Omit<Item, "email">> {
    const refused = (result: Item["result"]) => ({ result, invitation: null });
    const email = EmailAddress.safeParse(typed);
    if (!email.success) return refused("invalid_address");
    if (batch.seen.has(email.data)) return refused("repeated");
    batch.seen.add(email.data);
    const { orgId } = batch.member;
    const account = await stores.accounts.byEmail(email.data);
    if (account && (await stores.members.find(orgId, account.id))) return refused("already_member");
    if ((await waitFor(stores, { email: email.data }, clock.wall())) > 0) return refused("too_many");
    const before = await stores.invitations.pendingFor(orgId, email.data);
    const invitation = await send(stores, batch, email.data, before);
    return { result: before ? "resent" : "invited", invitation };
  }

  async function send(
    stores: Stores,
    { member, wish, organisation }: Batch,
    email: EmailAddress,
    before: InvitationRecord | null,
  ): Promise<Invitation> {
    const { orgId, actor } = member;
    const inviter = inviterOf(member);
    const { token, ...link } = newLink(ports, organisation.settings.invitationDays);
    const meant = { role: wish.role, folderIds: [...new Set(wish.folderIds)].sort() };
    const language = wish.language ?? inviter.language;
    const invitation: InvitationRecord = {
      ...{ orgId, id: before?.id ?? InvitationId.parse(ids.next()), email, ...meant, language },
      ...{ ...link, state: "pending", invitedBy: inviter.accountId, endedAt: null },
      ...{ createdAt: before?.createdAt ?? link.sentAt, version: before?.version ?? 1 },
    };
    await (before ? stores.invitations.save(invitation) : stores.invitations.insert(invitation));
    const action = before ? "invitation.resent" : "invitation.sent";
    const entry = { orgId, at: link.sentAt, actor, action, object: invitation.id };
    const facts = { before: before && invitationFacts(before), after: invitationFacts(invitation) };
    await stores.audit.append([{ ...entry, ...facts }]);
    await mailInvitation(ports, stores, invitation, { token, organisation });
    const version = invitation.version + (before ? 1 : 0);
    return showInvitation({ ...invitation, version }, link.sentAt);
  }
}

interface Batch {
  readonly member: Member;
  readonly wish: NewInvitations;
  readonly organisation: OrganisationRecord;
  /** Addresses of the lines before. */
  readonly seen: Set<string>;
}
