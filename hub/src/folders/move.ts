import { Fault, type AccessShift, type FolderId } from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { named, shiftOf } from "../access/shift.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { folderFor, showFolder } from "./reading.ts";
import { demandBranch, demandDepth, demandFreeName, demandVersion, type Branch } from "./rules.ts";
import type { FolderPorts, FolderServices } from "./service.ts";

interface Plan {
  readonly folder: Branch;
  readonly shift: AccessShift;
}

/** Moves folders, and says before who gains and who loses access by it: one plan for both. */
export const moveService = (
  { clock }: FolderPorts,
  store: HubStore,
): Pick<FolderServices, "previewMove" | "move"> => ({
  async previewMove(member, folderId, parentId) {
    const { shift } = await planMove(store.read, member, folderId, parentId);
    const [told = shift] = await named([shift], store.read.access.names);
    return told;
  },
  move: (member, folderId, parentId, version) =>
    store.write(async (stores) => {
      const { orgId, actor } = member;
      await stores.organisations.lock(orgId);
      const { folder, shift } = await planMove(stores, member, folderId, parentId);
      demandVersion(folder, version);
      await stores.folders.move(folder, parentId);
      const entry = { orgId, at: clock.wall(), actor, action: "folder.moved", object: folderId };
      const ids = (changes: AccessShift["gains"]) => changes.map(({ memberId }) => memberId);
      const after = { parentId, gains: ids(shift.gains), loses: ids(shift.loses) };
      await stores.audit.append([{ ...entry, before: { parentId: folder.parentId }, after }]);
      return showFolder({ ...folder, parentId, version: version + 1 });
    }),
});

/** @throws Fault why it cannot be moved there */
async function planMove(
  stores: Pick<Stores, "folders" | "access">,
  member: Member,
  folderId: FolderId,
  parentId: FolderId,
): Promise<Plan> {
  const { folders, access } = stores;
  const { orgId } = member;
  const { folder, path } = await folderFor(stores, member, folderId);
  demandIn(member, "folder.read", "folder.edit", path);
  const { path: above } = await folderFor(stores, member, parentId);
  demandIn(member, "folder.read", "folder.edit", above);
  demandBranch(folder);
  if (above.includes(folderId)) throw new Fault("FOLDER_CYCLE");
  demandDepth(above, await folders.levelsBelow(orgId, folderId));
  await demandFreeName(folders, { ...folder, parentId }, folderId);
  return { folder, shift: shiftOf(await access.scoped(orgId), path, [folderId, ...above]) };
}
