import type { FolderId, OrgId } from "@fyr/protocol";

export interface FolderRecord {
  readonly orgId: OrgId;
  readonly id: FolderId;
  /** Null for the default folder, the root of all others. */
  readonly parentId: FolderId | null;
  readonly name: string;
  readonly createdAt: number;
  readonly version: number;
}

export interface FolderStore {
  /** Also writes the way from the folder up to the root. */
  insert(folder: FolderRecord): Promise<void>;
  /** The folder, the one above it, and so on up to the root; empty when there is no such folder. */
  pathOf(orgId: OrgId, folderId: FolderId): Promise<FolderId[]>;
}
