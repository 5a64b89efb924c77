import { may, type OrgMember } from "@fyr/protocol";
import type { Member } from "../access/member.ts";
import { shownRole } from "./access.ts";
import type { HeldMember, PersonMember } from "./store.ts";

/** Somebody as the one who asks may see them: more than name and role is for admins and for oneself (row 12). */
export function showMember(person: PersonMember, asking: Member): OrgMember {
  const { accountId, name, email, owner, version } = person;
  const own = accountId === asking.principalId;
  const { grants, pending: pendingRole, factorMethod, signedInAt, joinedAt } = person;
  const details = { grants: [...grants], pendingRole, factorMethod, signedInAt, joinedAt };
  const seesAll = may(asking, "user.read", { own }).kind === "allowed";
  return {
    accountId,
    name,
    email,
    role: shownRole(person),
    owner,
    details: seesAll ? details : null,
    version,
  };
}

/** What the audit keeps of a membership, before and after a change. */
export const accessFacts = ({ role, owner, grants, pending }: HeldMember) => ({
  ...{ role, owner, grants, pending },
});
