import type { FolderApplication, FolderId, OrgId } from "@fyr/protocol";
import { Fault } from "@fyr/protocol";
import type { Actor } from "../ports.ts";
import type { Stores } from "../store/store.ts";

/**
 * Notes that a local application synchronises with a folder: for whoever hears of it, an agent's or a server's
 * registration. A new one leaves an audit entry; seeing it again does not.
 *
 * @throws Fault `NOT_FOUND` when there is no such folder
 */
export async function applicationSeen(
  { folders, audit }: Pick<Stores, "folders" | "audit">,
  actor: Actor,
  { orgId, folderId }: { readonly orgId: OrgId; readonly folderId: FolderId },
  application: FolderApplication,
): Promise<void> {
  if ((await folders.find(orgId, folderId)) === null) throw new Fault("NOT_FOUND");
  if (!(await folders.noteApplication(orgId, folderId, application))) return;
  const { kind, name, holder, seenAt } = application;
  const entry = { orgId, at: seenAt, actor, action: "folder.synchronised", object: folderId };
  await audit.append([{ ...entry, after: { kind, name, holder } }]);
}
