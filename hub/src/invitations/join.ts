import type { FolderGrant, FolderId, OrgSettings, Role } from "@fyr/protocol";

/** What somebody has from the moment in which an invitation is accepted. */
export interface Joined {
  readonly role: Role;
  readonly grants: readonly FolderGrant[];
  /** What an admin still has to confirm. */
  readonly pending: Role | null;
}

/**
 * A mis-sent letter must not hand out power: whoever accepts is a viewer of the chosen folders, and one who was
 * chosen as an admin, who would reach them all, sees none yet. The chosen role waits for an admin, unless an owner
 * decided that operators need not (C-02).
 *
 * @param folderIds those of the invitation that still exist
 */
export function joinedAs(
  role: Role,
  folderIds: readonly FolderId[],
  { inviteElevation }: Pick<OrgSettings, "inviteElevation">,
): Joined {
  const grantsAs = (granted: FolderGrant["role"]) =>
    folderIds.map((folderId) => ({ folderId, role: granted }));
  switch (role) {
    case "admin":
      return { role: "viewer", grants: [], pending: "admin" };
    case "operator":
      return inviteElevation === "direct"
        ? { role: "operator", grants: grantsAs("operator"), pending: null }
        : { role: "viewer", grants: grantsAs("viewer"), pending: "operator" };
    case "viewer":
      return { role: "viewer", grants: grantsAs("viewer"), pending: null };
  }
}
