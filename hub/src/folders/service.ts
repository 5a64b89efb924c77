import {
  FOLDERS_MAX,
  Fault,
  FolderId,
  type AccessShift,
  type Folder,
  type FolderApplication,
  type FolderDeletion,
  type Language,
  type NewFolder,
  type Page,
} from "@fyr/protocol";
import { demandIn, type Member } from "../access/member.ts";
import { once } from "../idempotency/once.ts";
import { pageOf } from "../paging.ts";
import type { HubPorts, PageWish } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { defaultFolderOf } from "./default-folder.ts";
import { deletionService } from "./deletion.ts";
import { moveService } from "./move.ts";
import { folderFor, foldersFor, showFolder } from "./reading.ts";
import { demandDepth, demandFreeName, demandVersion } from "./rules.ts";

/** The tree of an organisation's folders: who sees what, and its changes, each with one audit entry. */
export interface FolderServices {
  /** What the member sees of the tree; granted folders are its roots. */
  list(member: Member, page: PageWish): Promise<Page<Folder>>;
  find(member: Member, folderId: FolderId): Promise<Folder>;
  /** @throws Fault FOLDER_NAME_TAKEN, FOLDER_TOO_DEEP, TOO_MANY_FOLDERS, IDEMPOTENCY_MISMATCH */
  create(member: Member, wish: NewFolder, key?: string): Promise<Folder>;
  /** @throws Fault VERSION_CONFLICT, FOLDER_NAME_TAKEN */
  rename(member: Member, folderId: FolderId, name: string, version: number): Promise<Folder>;
  /** Who would gain and who would lose access. @throws Fault as `move` would */
  previewMove(member: Member, folderId: FolderId, parentId: FolderId): Promise<AccessShift>;
  /** With everything below it. @throws Fault VERSION_CONFLICT, FOLDER_CYCLE, FOLDER_TOO_DEEP, FOLDER_NAME_TAKEN, FOLDER_ROOT */
  move(member: Member, folderId: FolderId, parentId: FolderId, version: number): Promise<Folder>;
  /** What deleting it would mean, with the warnings in one language. @throws Fault FOLDER_ROOT */
  previewDeletion(member: Member, folderId: FolderId, language: Language): Promise<FolderDeletion>;
  /** @throws Fault VERSION_CONFLICT, FOLDER_NOT_EMPTY, FOLDER_ROOT */
  remove(member: Member, folderId: FolderId, version: number): Promise<void>;
  applications(member: Member, folderId: FolderId): Promise<FolderApplication[]>;
}

export type FolderPorts = Pick<HubPorts, "clock" | "ids">;

export function folderService(ports: FolderPorts, store: HubStore): FolderServices {
  return {
    ...moveService(ports, store),
    ...deletionService(ports, store),
    async list(member, wish) {
      return pageOf(await foldersFor(store.read, member, wish), wish, ({ id }) => id, showFolder);
    },
    async find(member, folderId) {
      return (await folderFor(store.read, member, folderId)).shown;
    },
    create: (member, wish, key) => {
      const asked = { operation: "createFolder", key, wish, now: ports.clock.wall() };
      return store.write((stores) =>
        once(stores, { ...asked, space: member.orgId, actor: member.actor }, () =>
          create(ports, stores, member, wish),
        ),
      );
    },
    rename: (member, folderId, name, version) =>
      store.write((stores) => rename(ports, stores, member, { folderId, name, version })),
  };
}

async function create(
  { clock, ids }: FolderPorts,
  stores: Stores,
  member: Member,
  { name, parentId = defaultFolderOf(member.orgId) }: NewFolder,
): Promise<Folder> {
  const { organisations, folders, audit } = stores;
  const { orgId, actor } = member;
  await organisations.lock(orgId);
  const { path } = await folderFor(stores, member, parentId);
  demandIn(member, "folder.read", "folder.edit", path);
  if ((await folders.count(orgId)) >= FOLDERS_MAX)
    throw new Fault("TOO_MANY_FOLDERS", { limit: FOLDERS_MAX });
  demandDepth(path, 0);
  await demandFreeName(folders, { orgId, parentId, name });
  const at = clock.wall();
  const folder = { orgId, id: FolderId.parse(ids.next()), parentId, name, createdAt: at, version: 1 };
  await folders.insert(folder);
  const entry = { orgId, at, actor, action: "folder.created", object: folder.id };
  await audit.append([{ ...entry, after: { name, parentId } }]);
  return showFolder(folder);
}

async function rename(
  { clock }: FolderPorts,
  stores: Stores,
  member: Member,
  { folderId, name, version }: { folderId: FolderId; name: string; version: number },
): Promise<Folder> {
  const { organisations, folders, audit } = stores;
  const { orgId, actor } = member;
  await organisations.lock(orgId);
  const { folder, path } = await folderFor(stores, member, folderId);
  demandIn(member, "folder.read", "folder.edit", path);
  demandVersion(folder, version);
  const { parentId } = folder;
  if (parentId !== null) await demandFreeName(folders, { orgId, parentId, name }, folderId);
  await folders.rename(folder, name);
  const entry = { orgId, at: clock.wall(), actor, action: "folder.renamed", object: folderId };
  await audit.append([{ ...entry, before: { name: folder.name }, after: { name } }]);
  return showFolder({ ...folder, name, version: version + 1 });
}
