import { Fault, type AccountId, type OrgId } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { MemberService } from "./service.ts";
import { showMember } from "./show.ts";
import type { PersonMember } from "./store.ts";

/** @throws Fault `NOT_FOUND` for whoever is no person of this organisation, whoever else they are */
export async function personOf(
  { members }: Pick<Stores, "members">,
  orgId: OrgId,
  accountId: AccountId,
): Promise<PersonMember> {
  const found = await members.person(orgId, accountId);
  if (!found) throw new Fault("NOT_FOUND");
  return found;
}

export const listService = (store: HubStore): Pick<MemberService, "page" | "one"> => ({
  async page(member, wish) {
    const found = await store.read.members.page(member.orgId, wish);
    return pageOf(
      found,
      wish,
      ({ accountId }) => accountId,
      (person) => showMember(person, member),
    );
  },
  async one(member, accountId) {
    return showMember(await personOf(store.read, member.orgId, accountId), member);
  },
});
