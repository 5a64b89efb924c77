import { Fault, type Action, type OrgId } from "@fyr/protocol";
import { demand, memberOf, type Member } from "../access/member.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { demandOwner } from "./owners.ts";
import type { HeldMember } from "./store.ts";

/** One membership as it was and as it shall be; null when it ends. */
export interface MemberChange {
  readonly before: HeldMember;
  readonly after: HeldMember | null;
}

/**
 * A transaction that changes members of one organisation: such transactions wait for each other, so that what one of
 * them saw still holds when it writes.
 *
 * @throws Fault `NOT_FOUND`, `ORG_ARCHIVED` when the organisation went away since the gate looked
 */
export const changing = <T>(
  store: HubStore,
  orgId: OrgId,
  work: (stores: Stores) => Promise<T>,
): Promise<T> =>
  store.write(async (stores) => {
    const organisation = await stores.organisations.lock(orgId);
    if (!organisation) throw new Fault("NOT_FOUND");
    const { archivedAt } = organisation;
    if (archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId, archivedAt });
    return work(stores);
  });

/**
 * Whether the member may still do it: the gate asked before this transaction had its turn, and the one before it may
 * have taken the right away.
 *
 * @throws Fault `NOT_FOUND`, `FORBIDDEN`, `OWNER_ONLY`
 */
export async function demandStill(
  { access }: Pick<Stores, "access">,
  member: Member,
  action: Action,
  toOwner = false,
): Promise<void> {
  const now = await access.membership(member.orgId, member.principalId);
  if (!now) throw new Fault("NOT_FOUND");
  demand(memberOf(member.caller, now), action, { toOwner });
}

/**
 * The one way in which memberships change or end. To be called under `changing`, which holds the organisation.
 *
 * @throws Fault `LAST_OWNER`, before anything is written; then whatever `demandStill` throws
 */
export async function applyChanges(
  stores: Stores,
  { member, action, at }: { member: Member; action: Action; at: number },
  changes: readonly MemberChange[],
): Promise<void> {
  await keepOwner(stores, member.orgId, changes);
  await demandStill(stores, member, action, toAnotherOwner(member, changes));
  // Whoever is marked comes first: the database looks whether an owner is left after each statement.
  const marksFirst = [...changes].sort((one, other) => Number(marks(other)) - Number(marks(one)));
  for (const { before, after } of marksFirst) {
    if (after) await stores.members.save(after, at);
    else await stores.members.remove(before.orgId, before.principalId);
  }
}

const marks = ({ after }: MemberChange): boolean => after?.owner ?? false;

const toAnotherOwner = ({ principalId }: Member, changes: readonly MemberChange[]): boolean =>
  changes.some(({ before }) => before.owner && before.principalId !== principalId);

async function keepOwner(
  { members, accounts }: Pick<Stores, "members" | "accounts">,
  orgId: OrgId,
  changes: readonly MemberChange[],
): Promise<void> {
  const facts = changes.map(async (change) => ({
    principalId: change.before.principalId,
    owner: marks(change),
    counts: marks(change) && (await canOwn({ accounts }, change.before)),
  }));
  demandOwner(await members.owners(orgId), await Promise.all(facts));
}

/** Active, with a second factor, and not suspended. */
export async function canOwn(
  { accounts }: Pick<Stores, "accounts">,
  { kind, active, principalId }: HeldMember,
): Promise<boolean> {
  if (kind !== "person" || !active) return false;
  const account = await accounts.find(principalId as Parameters<typeof accounts.find>[0]);
  return account !== null && account.factorMethod !== null && account.suspendedAt === null;
}
