import { Fault, FOLDER_DEPTH, type FolderId } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { FolderRecord } from "./store.ts";

type Folders = Stores["folders"];

/** A folder that is not the default folder. */
export type Branch = FolderRecord & { readonly parentId: FolderId };

/** @throws Fault `FOLDER_ROOT` */
export function demandBranch(folder: FolderRecord): asserts folder is Branch {
  if (folder.parentId === null) throw new Fault("FOLDER_ROOT");
}

/** @throws Fault `VERSION_CONFLICT` when somebody else changed it since */
export function demandVersion({ version }: { readonly version: number }, wanted: number): void {
  if (version !== wanted) throw new Fault("VERSION_CONFLICT", { version });
}

/**
 * @param but the folder that keeps or takes the name
 * @throws Fault `FOLDER_NAME_TAKEN`; only admins come here, who may see every name
 */
export async function demandFreeName(
  folders: Folders,
  { orgId, parentId, name }: Pick<Branch, "orgId" | "parentId" | "name">,
  but?: FolderId,
): Promise<void> {
  const other = await folders.namesake(orgId, parentId, name);
  if (other !== null && other.id !== but) throw new Fault("FOLDER_NAME_TAKEN", { name: other.name });
}

/**
 * @param above the way from the parent up to the root
 * @param below how many levels the folder brings along
 * @throws Fault `FOLDER_TOO_DEEP`
 */
export function demandDepth(above: readonly FolderId[], below: number): void {
  if (above.length + below > FOLDER_DEPTH) throw new Fault("FOLDER_TOO_DEEP", { limit: FOLDER_DEPTH });
}
