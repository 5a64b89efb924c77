import { Fault, type AccountId, type OrgMember, type Role } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { linkTo } from "../accounts/ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { confirmed } from "./access.ts";
import { applyChanges, changing } from "./change.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { accessFacts, showMember } from "./show.ts";
import type { PersonMember } from "./store.ts";

/** The role that an invitation named waits for an admin (C-02): confirmed or refused. */
export function pendingService(
  { clock, post, origin }: MemberPorts,
  store: HubStore,
): Pick<MemberService, "confirmRole" | "refuseRole"> {
  const settle = (
    member: Member,
    accountId: AccountId,
    { action, held, then }: Settling,
  ): Promise<OrgMember> =>
    changing(store, member.orgId, async (stores) => {
      const { orgId, actor } = member;
      const person = await personOf(stores, orgId, accountId);
      if (person.pending === null) throw new Fault("NOTHING_PENDING");
      const after = { ...person, ...held(person, person.pending), pending: null };
      const at = clock.wall();
      await applyChanges(stores, { member, action: "user.confirm", at }, [{ before: person, after }]);
      const facts = { before: accessFacts(person), after: accessFacts(after) };
      await stores.audit.append([{ orgId, at, actor, action, object: accountId, ...facts }]);
      await then?.(stores, person, person.pending);
      return showMember(await personOf(stores, orgId, accountId), member);
    });

  async function tell(stores: Stores, { accountId, orgId }: PersonMember, role: Role): Promise<void> {
    const account = await stores.accounts.find(accountId);
    const organisation = await stores.organisations.find(orgId);
    if (!account || !organisation) return;
    const letter = { kind: "role_confirmed", organisation: organisation.name, role } as const;
    const link = linkTo.signIn(origin());
    const { email: to, language } = account;
    await post.put(stores.mails, { to, language, letter: { ...letter, link } });
  }

  return {
    confirmRole: (member, accountId) =>
      settle(member, accountId, { action: "member.role_confirmed", held: confirmed, then: tell }),
    refuseRole: (member, accountId) =>
      settle(member, accountId, { action: "member.role_refused", held: (person) => person }),
  };
}

interface Settling {
  readonly action: string;
  held(person: PersonMember, pending: Role): Pick<PersonMember, "role" | "owner" | "grants">;
  then?(stores: Stores, person: PersonMember, pending: Role): Promise<void>;
}
