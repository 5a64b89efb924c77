import { Fault, may, reachOf, type FolderDeletion } from "@fyr/protocol";
import { demandIn } from "../access/member.ts";
import type { HubStore } from "../store/store.ts";
import { folderFor } from "./reading.ts";
import { demandBranch, demandVersion } from "./rules.ts";
import type { FolderPorts, FolderServices } from "./service.ts";
import { warningsIn } from "./warnings.ts";

/** Deletes empty folders, and tells before what hangs on them. */
export const deletionService = (
  { clock }: FolderPorts,
  store: HubStore,
): Pick<FolderServices, "previewDeletion" | "remove" | "applications"> => ({
  async previewDeletion(member, folderId, language) {
    const { orgId } = member;
    const { folders } = store.read;
    const { folder, path, shown } = await folderFor(store.read, member, folderId);
    demandIn(member, "folder.read", "folder.delete", path);
    demandBranch(folder);
    const { agents, grants, invitations } = await folders.ties(orgId, folderId);
    const called = await store.read.access.names(grants.map(({ principalId }) => principalId));
    return {
      folder: shown,
      holds: await folders.holds(orgId, folderId),
      warnings: warningsIn(language),
      agents: [...agents],
      applications: await folders.applications(orgId, folderId, reachOf(member, "server.read")),
      grants: grants.map(({ principalId, role }): FolderDeletion["grants"][number] => ({
        ...{ memberId: principalId, name: called.get(principalId) ?? null, role },
      })),
      invitations: may(member, "user.invite").kind === "allowed" ? [...invitations] : [],
    };
  },
  remove: (member, folderId, version) =>
    store.write(async (stores) => {
      const { organisations, folders, audit } = stores;
      const { orgId, actor } = member;
      await organisations.lock(orgId);
      const { folder, path } = await folderFor(stores, member, folderId);
      demandIn(member, "folder.read", "folder.delete", path);
      demandBranch(folder);
      demandVersion(folder, version);
      // Otherwise a site could put a new device in while the folder goes.
      await folders.lockReporters(orgId, folderId);
      const holds = await folders.holds(orgId, folderId);
      if (holds.folders + holds.devices + holds.servers > 0) throw new Fault("FOLDER_NOT_EMPTY", holds);
      const { agents, grants, invitations } = await folders.ties(orgId, folderId);
      await folders.remove(folder);
      const { name, parentId } = folder;
      const tied = { agents: agents.map(({ id }) => id), invitations: invitations.map(({ id }) => id) };
      const before = { name, parentId, ...tied, grants };
      const entry = { orgId, at: clock.wall(), actor, action: "folder.deleted", object: folderId };
      await audit.append([{ ...entry, before }]);
    }),
  async applications(member, folderId) {
    await folderFor(store.read, member, folderId);
    return store.read.folders.applications(member.orgId, folderId, reachOf(member, "server.read"));
  },
});
