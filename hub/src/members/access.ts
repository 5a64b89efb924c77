import { Fault, isAtLeast, ROLES, type FolderGrant, type MemberAccess, type Role } from "@fyr/protocol";

/** What a member holds: where and how far it reaches. */
export interface Held {
  readonly role: Role;
  readonly owner: boolean;
  readonly grants: readonly FolderGrant[];
}

const highest = (roles: readonly Role[]): Role | null =>
  ROLES.findLast((role) => roles.includes(role)) ?? null;

/** The role that a member is shown with: the highest of its grants, and its own while it has none. */
export const shownRole = ({ role, grants }: Pick<Held, "role" | "grants">): Role =>
  role === "admin" ? "admin" : (highest(grants.map((grant) => grant.role)) ?? role);

const byFolder = (one: FolderGrant, other: FolderGrant): number => (one.folderId < other.folderId ? -1 : 1);

const refuse = (problem: string): never => {
  throw new Fault("MESSAGE_INVALID", { problems: [problem] });
};

/**
 * What a member holds after a change of role and folders. Preview and change both ask this.
 *
 * @throws Fault `MESSAGE_INVALID` for a wish that contradicts itself
 */
export function heldAfter(before: Held, { role, grants }: Pick<MemberAccess, "role" | "grants">): Held {
  if (role === "admin") {
    if (grants.length > 0) refuse("grants: an admin reaches every folder and needs none");
    return { role, owner: before.owner, grants: [] };
  }
  if (new Set(grants.map(({ folderId }) => folderId)).size < grants.length)
    refuse("grants: a folder stands there twice");
  if (!grants.every((grant) => isAtLeast(role, grant.role))) refuse("grants: more than the role allows");
  const sorted = [...grants].sort(byFolder);
  return { role: shownRole({ role, grants: sorted }), owner: false, grants: sorted };
}

/** An owner is an admin with a mark, so whoever is marked is an admin from then on. */
export const markedAs = (before: Held, owner: boolean): Held => ({ ...before, owner });

/**
 * What somebody holds once the role that an invitation named is confirmed (C-02): the same folders with that role; for
 * an admin all of them.
 */
export const confirmed = ({ grants }: Held, role: Role): Held => ({
  ...{ role, owner: false },
  grants: role === "admin" ? [] : grants.map(({ folderId }) => ({ folderId, role })),
});

/** Whether somebody who changes itself so could not change it back. */
export const losesPower = (before: Held, after: Held): boolean =>
  (before.owner && !after.owner) || (before.role === "admin" && after.role !== "admin");
