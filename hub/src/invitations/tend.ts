import { Fault, type InvitationId } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import type { AccountPorts } from "../accounts/ports.ts";
import { demandVersion } from "../members/change-access.ts";
import { changing, demandStill } from "../members/change.ts";
import { pageOf } from "../paging.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { demandFolders, inviterOf } from "./invite.ts";
import { mailInvitation, newLink, waitFor } from "./send.ts";
import type { InvitationService } from "./service.ts";
import { invitationFacts, showInvitation } from "./show.ts";
import type { InvitationRecord } from "./store.ts";

type TendService = Pick<InvitationService, "page" | "resend" | "change" | "revoke">;

/** What admins do with invitations that nobody accepted yet. */
export function tendService(ports: AccountPorts, store: HubStore): TendService {
  const { clock } = ports;

  async function pending(stores: Stores, { orgId }: Member, id: InvitationId): Promise<InvitationRecord> {
    const found = await stores.invitations.find(orgId, id);
    if (found?.state !== "pending") throw new Fault("NOT_FOUND");
    return found;
  }

  /** Saves a change of one invitation with its entry. */
  async function save(
    stores: Stores,
    member: Member,
    action: string,
    [before, after]: readonly [InvitationRecord, InvitationRecord],
  ): Promise<InvitationRecord> {
    const { orgId, actor } = member;
    await stores.invitations.save(after);
    const facts = { before: invitationFacts(before), after: invitationFacts(after) };
    const entry = { orgId, at: clock.wall(), actor, action, object: before.id };
    await stores.audit.append([{ ...entry, ...facts }]);
    return { ...after, version: after.version + 1 };
  }

  const tending = <T>(member: Member, work: (stores: Stores) => Promise<T>): Promise<T> =>
    changing(store, member.orgId, async (stores) => {
      await demandStill(stores, member, "user.invite");
      return work(stores);
    });

  return {
    async page(member, wish) {
      const found = await store.read.invitations.page(member.orgId, wish);
      return pageOf(
        found,
        wish,
        ({ id }) => id,
        (invitation) => showInvitation(invitation, clock.wall()),
      );
    },

    resend: (member, id) =>
      tending(member, async (stores) => {
        const before = await pending(stores, member, id);
        const organisation = await stores.organisations.find(member.orgId);
        if (!organisation) throw new Fault("NOT_FOUND");
        const retryAfterMs = await waitFor(stores, before, clock.wall());
        if (retryAfterMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
        const { token, ...link } = newLink(ports, organisation.settings.invitationDays);
        const after = { ...before, ...link, invitedBy: inviterOf(member).accountId };
        const saved = await save(stores, member, "invitation.resent", [before, after]);
        await mailInvitation(ports, stores, after, { token, organisation });
        return showInvitation(saved, link.sentAt);
      }),

    change: (member, id, { role, folderIds }, version) =>
      tending(member, async (stores) => {
        const before = await pending(stores, member, id);
        demandVersion(before, version);
        await demandFolders(stores, member, folderIds);
        const after = { ...before, role, folderIds: [...new Set(folderIds)].sort() };
        const saved = await save(stores, member, "invitation.changed", [before, after]);
        return showInvitation(saved, clock.wall());
      }),

    revoke: (member, id) =>
      tending(member, async (stores) => {
        const before = await pending(stores, member, id);
        const { orgId, actor } = member;
        const at = clock.wall();
        await stores.invitations.save({ ...before, state: "revoked", endedAt: at });
        const entry = { orgId, at, actor, action: "invitation.revoked", object: id };
        await stores.audit.append([{ ...entry, before: invitationFacts(before) }]);
      }),
  };
}
