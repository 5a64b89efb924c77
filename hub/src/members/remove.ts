import { Fault, isFault, type AccountId, type MembersRemoved } from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import type { Change } from "../audit/store.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { applyChanges, changing } from "./change.ts";
import { personOf } from "./list.ts";
import type { MemberPorts, MemberService } from "./service.ts";
import { accessFacts } from "./show.ts";
import type { HeldMember } from "./store.ts";

type Result = MembersRemoved["items"][number]["result"];

const RESULTS = {
  NOT_FOUND: "not_found",
  OWNER_ONLY: "owner_only",
  LAST_OWNER: "last_owner",
  LEAVE_INSTEAD: "leave_instead",
} as const satisfies Record<string, Result>;

const REFUSALS = Object.keys(RESULTS) as (keyof typeof RESULTS)[];

/** Each by itself; what refuses one is its result. The faults come before anything is written. */
async function resultOf(removing: Promise<unknown>): Promise<Result> {
  try {
    await removing;
    return "removed";
  } catch (error) {
    if (isFault(error, ...REFUSALS)) return RESULTS[error.code];
    throw error;
  }
}

const ended = (member: Member, at: number, action: string, gone: HeldMember): Change => ({
  ...{ orgId: member.orgId, at, actor: member.actor, action, object: gone.principalId },
  before: accessFacts(gone),
});

export function removalService(
  { clock }: Pick<MemberPorts, "clock">,
  store: HubStore,
): Pick<MemberService, "leave" | "remove" | "removeAll"> {
  async function removeOne(stores: Stores, member: Member, accountId: AccountId, at: number): Promise<void> {
    const person = await personOf(stores, member.orgId, accountId);
    if (accountId === member.principalId) throw new Fault("LEAVE_INSTEAD");
    demand(member, "user.remove", { toOwner: person.owner });
    await applyChanges(stores, { member, action: "user.remove", at }, [{ before: person, after: null }]);
    await stores.audit.append([ended(member, at, "member.removed", person)]);
  }

  return {
    leave: (member) =>
      changing(store, member.orgId, async (stores) => {
        const self = await stores.members.find(member.orgId, member.principalId);
        if (!self) throw new Fault("NOT_FOUND");
        const at = clock.wall();
        const act = { member, action: "organisation.leave", at } as const;
        await applyChanges(stores, act, [{ before: self, after: null }]);
        await stores.audit.append([ended(member, at, "member.left", self)]);
      }),
    remove: (member, accountId) =>
      changing(store, member.orgId, (stores) => removeOne(stores, member, accountId, clock.wall())),
    removeAll: (member, accountIds) =>
      changing(store, member.orgId, async (stores) => {
        const items: MembersRemoved["items"] = [];
        for (const accountId of new Set(accountIds)) {
          const result = await resultOf(removeOne(stores, member, accountId, clock.wall()));
          items.push({ accountId, result });
        }
        return { items };
      }),
  };
}
