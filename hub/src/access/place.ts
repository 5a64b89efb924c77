import type { FolderId } from "@fyr/protocol";
import type { FolderStore } from "../folders/store.ts";
import type { Member } from "./member.ts";

/** Where a folder stands. Admins reach every folder, so for them nothing is asked. */
export const pathFor = async (
  folders: Pick<FolderStore, "pathOf">,
  member: Member,
  folderId: FolderId,
): Promise<readonly FolderId[]> =>
  member.role === "admin" ? [folderId] : folders.pathOf(member.orgId, folderId);
