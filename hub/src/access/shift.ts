import { rankIn, RANKS, type AccessChange, type AccessShift, type FolderId, type Role } from "@fyr/protocol";
import type { AccessStore, Membership, PrincipalId } from "./store.ts";

const roleIn = (member: Membership, path: readonly FolderId[]): Role | null => {
  const rank = rankIn({ ...member, scope: null }, path);
  return rank === "owner" ? "admin" : rank;
};

const heightOf = (role: Role | null): number => (role === null ? -1 : RANKS.indexOf(role));

/**
 * Who gains and who loses access when something goes from one place to another. Below what is moved the ways stay
 * as they are, and grants only add: so nobody's role changes there who is not named here.
 *
 * @param members everybody whose access depends on folders
 * @param before where it is: its folder and those above, itself the first if it is a folder; `after` likewise
 */
export function shiftOf(
  members: readonly Membership[],
  before: readonly FolderId[],
  after: readonly FolderId[],
): AccessShift {
  const changes = members.map((member): AccessChange => ({
    ...{ memberId: member.principalId, kind: member.kind, name: null },
    ...{ before: roleIn(member, before), after: roleIn(member, after) },
  }));
  const step = (change: AccessChange): number => heightOf(change.after) - heightOf(change.before);
  return {
    gains: changes.filter((change) => step(change) > 0),
    loses: changes.filter((change) => step(change) < 0),
  };
}

/** The same with names. */
export async function named(
  shifts: readonly AccessShift[],
  readNames: AccessStore["names"],
): Promise<AccessShift[]> {
  const all = shifts.flatMap(({ gains, loses }) => [...gains, ...loses]);
  const names = await readNames([...new Set(all.map(({ memberId }) => memberId as PrincipalId))]);
  const name = (change: AccessChange): AccessChange => ({
    ...change,
    name: names.get(change.memberId as PrincipalId) ?? null,
  });
  return shifts.map(({ gains, loses }) => ({ gains: gains.map(name), loses: loses.map(name) }));
}
