import type { FolderId } from "@fyr/protocol";
import type { FolderStore } from "../folders/store.ts";
import { nameKey } from "../folders/name-key.ts";
import type { Access } from "./tables.ts";

export const folderStore = ({ within }: Access): FolderStore => ({
  async insert({ orgId, id, parentId, name, createdAt, version }) {
    const org = within(orgId);
    const row = { id, parent_id: parentId, name, name_key: nameKey(name), created_at: createdAt, version };
    await org.insert("folders", row).execute();
    const above =
      parentId === null
        ? []
        : await org
            .from("folder_paths")
            .select(["ancestor_id", "distance"])
            .where("folder_id", "=", parentId)
            .execute();
    const way = [
      { ancestor_id: id, distance: 0 },
      ...above.map((step) => ({ ...step, distance: step.distance + 1 })),
    ];
    for (const step of way) await org.insert("folder_paths", { folder_id: id, ...step }).execute();
  },
  async pathOf(orgId, folderId) {
    const rows = await within(orgId)
      .from("folder_paths")
      .select("ancestor_id")
      .where("folder_id", "=", folderId)
      .orderBy("distance")
      .execute();
    return rows.map(({ ancestor_id }) => ancestor_id as FolderId);
  },
});
