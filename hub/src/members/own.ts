import { Fault } from "@fyr/protocol";
import { demand } from "../access/member.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { markedAs } from "./access.ts";
import { applyChanges, canOwn, changing } from "./change.ts";
import { demandKnowingly, demandVersion } from "./change-access.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { accessFacts, showMember } from "./show.ts";
import type { PersonMember } from "./store.ts";

/** @throws Fault `OWNER_UNFIT` for whoever is no admin with a second factor */
async function demandFit(stores: Pick<Stores, "accounts">, person: PersonMember): Promise<void> {
  if (person.role !== "admin" || !(await canOwn(stores, person))) throw new Fault("OWNER_UNFIT");
}

export const ownerService = (
  { clock }: Pick<MemberPorts, "clock">,
  store: HubStore,
): Pick<MemberService, "markOwner" | "handOver"> => ({
  markOwner: (member, accountId, { owner, selfConfirmed }, version) =>
    changing(store, member.orgId, async (stores) => {
      const { orgId, actor } = member;
      const person = await personOf(stores, orgId, accountId);
      demand(member, "user.own");
      demandVersion(person, version);
      if (person.owner === owner) return showMember(person, member);
      if (owner) await demandFit(stores, person);
      const after = { ...person, ...markedAs(person, owner), pending: null };
      demandKnowingly(member, person, after, selfConfirmed);
      const at = clock.wall();
      await applyChanges(stores, { member, action: "user.own", at }, [{ before: person, after }]);
      const action = owner ? "member.owner_marked" : "member.owner_unmarked";
      const facts = { before: accessFacts(person), after: accessFacts(after) };
      await stores.audit.append([{ orgId, at, actor, action, object: accountId, ...facts }]);
      return showMember(await personOf(stores, orgId, accountId), member);
    }),

  handOver: (member, { to, leave }) =>
    changing(store, member.orgId, async (stores) => {
      const { orgId, actor, principalId } = member;
      const heir = await personOf(stores, orgId, to);
      demand(member, "user.own");
      const self = await stores.members.find(orgId, principalId);
      if (!self) throw new Fault("NOT_FOUND");
      await demandFit(stores, heir);
      if (heir.principalId === principalId) throw new Fault("OWNER_UNFIT");
      const at = clock.wall();
      await applyChanges(stores, { member, action: "user.own", at }, [
        { before: heir, after: { ...heir, owner: true, pending: null } },
        { before: self, after: leave ? null : { ...self, owner: false } },
      ]);
      const facts = { before: { owner: principalId }, after: { owner: to, left: leave } };
      await stores.audit.append([
        { orgId, at, actor, action: "organisation.handed_over", object: orgId, ...facts },
      ]);
    }),
});
