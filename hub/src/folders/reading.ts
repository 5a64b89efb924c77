import { Fault, may, reachOf, type Folder, type FolderId } from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import type { Stores } from "../store/store.ts";
import type { FolderRecord } from "./store.ts";

const show = ({ id, parentId, name, createdAt, version }: FolderRecord, seesParent: boolean): Folder => ({
  ...{ id, name, createdAt, version },
  parentId: seesParent ? parentId : null,
});

/**
 * A folder as the member sees it.
 *
 * @throws Fault `NOT_FOUND` for what is hidden and for what does not exist, alike
 */
export async function folderFor(
  { folders }: Pick<Stores, "folders">,
  member: Member,
  folderId: FolderId,
): Promise<{ folder: FolderRecord; path: FolderId[]; shown: Folder }> {
  const path = await folders.pathOf(member.orgId, folderId);
  const folder = await folders.find(member.orgId, folderId);
  if (!folder) throw new Fault("NOT_FOUND");
  demandIn(member, "folder.read", "folder.read", path);
  const seesParent = may(member, "folder.read", { path: path.slice(1) }).kind === "allowed";
  return { folder, path, shown: show(folder, seesParent) };
}

/** The folders that the member sees, those at the top of what was granted as roots. */
export const foldersFor = (
  { folders }: Pick<Stores, "folders">,
  member: Member,
  wish: Parameters<Stores["folders"]["page"]>[2],
): Promise<FolderRecord[]> => folders.page(member.orgId, reachOf(member, "folder.read"), wish);

export const showFolder = (folder: FolderRecord): Folder => show(folder, true);
