import { Fault, type AccountId, type MemberAccess } from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { heldAfter, losesPower, shownRole, type Held } from "./access.ts";
import { applyChanges, changing } from "./change.ts";
import { difference } from "./difference.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { accessFacts, showMember } from "./show.ts";
import type { PersonMember } from "./store.ts";

type ReadStores = Pick<Stores, "members">;

/** @throws Fault `VERSION_CONFLICT` when somebody changed the member since */
export function demandVersion({ version }: { version: number }, wished: number): void {
  if (version !== wished) throw new Fault("VERSION_CONFLICT");
}

/** @throws Fault `SELF_DEMOTION` for whoever takes from themselves what they cannot give back, and did not say so */
export function demandKnowingly(
  member: Member,
  person: PersonMember,
  after: Held,
  selfConfirmed: boolean,
): void {
  const ofSelf = person.accountId === member.principalId;
  if (ofSelf && losesPower(person, after) && !selfConfirmed) throw new Fault("SELF_DEMOTION");
}

/** What the person holds and would hold. Preview and change both come by here. */
async function plan(stores: ReadStores, member: Member, accountId: AccountId, wish: MemberAccess) {
  const person = await personOf(stores, member.orgId, accountId);
  for (const action of ["user.role", "user.access"] as const)
    demand(member, action, { toOwner: person.owner });
  const held = heldAfter(person, wish);
  const named = held.grants.map(({ folderId }) => folderId);
  const existing = await stores.members.existing(member.orgId, named);
  if (existing.length < named.length) throw new Fault("NOT_FOUND");
  return { person, held };
}

export const accessService = (
  { clock }: Pick<MemberPorts, "clock">,
  store: HubStore,
): Pick<MemberService, "previewAccess" | "changeAccess"> => ({
  async previewAccess(member, accountId, wish) {
    const { person, held } = await plan(store.read, member, accountId, wish);
    const tree = await store.read.members.tree(member.orgId);
    const { folders, devicesBefore, devicesAfter } = difference(person, held, tree);
    return {
      before: { role: shownRole(person), owner: person.owner, devices: devicesBefore },
      after: { role: shownRole(held), owner: held.owner, devices: devicesAfter },
      folders: [...folders],
      ofSelf: accountId === member.principalId && losesPower(person, held),
    };
  },

  changeAccess: (member, accountId, wish, version) =>
    changing(store, member.orgId, async (stores) => {
      const { person, held } = await plan(stores, member, accountId, wish);
      demandVersion(person, version);
      demandKnowingly(member, person, held, wish.selfConfirmed);
      const after = { ...person, ...held, pending: null };
      const facts = { before: accessFacts(person), after: accessFacts(after) };
      if (JSON.stringify(facts.before) === JSON.stringify(facts.after)) return showMember(person, member);
      const at = clock.wall();
      await applyChanges(stores, { member, action: "user.role", at }, [{ before: person, after }]);
      const { orgId, actor } = member;
      const action = "member.access_changed";
      await stores.audit.append([{ orgId, at, actor, action, object: accountId, ...facts }]);
      return showMember(await personOf(stores, orgId, accountId), member);
    }),
});
