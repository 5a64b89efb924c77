import type { AgentId, FolderApplication, FolderGrant, FolderId, OrgId, Reach } from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";
import type { InvitationRecord } from "../invitations/store.ts";
import type { PageWish } from "../ports.ts";

export interface FolderRecord {
  readonly orgId: OrgId;
  readonly id: FolderId;
  /** Null for the default folder, the root of all others. */
  readonly parentId: FolderId | null;
  readonly name: string;
  readonly createdAt: number;
  readonly version: number;
}

/** What hangs on a folder besides what is in it. */
export interface FolderTies {
  /** Agents whose new devices go there. */
  readonly agents: readonly { readonly id: AgentId; readonly name: string }[];
  readonly grants: readonly { readonly principalId: PrincipalId; readonly role: FolderGrant["role"] }[];
  /** Those that name it and were not accepted yet. */
  readonly invitations: readonly Pick<InvitationRecord, "id" | "email" | "role">[];
}

/**
 * Changes of one organisation's folders wait for each other: whoever makes one holds the organisation's lock
 * (`organisations.lock`).
 */
export interface FolderStore {
  /** Also writes the way from the folder up to the root. */
  insert(folder: FolderRecord): Promise<void>;
  find(orgId: OrgId, folderId: FolderId): Promise<FolderRecord | null>;
  /**
   * Those within `reach` by id, oldest first; one more than wished when there are more. A parent outside the reach is
   * left out.
   */
  page(orgId: OrgId, reach: Reach, wish: PageWish): Promise<FolderRecord[]>;
  count(orgId: OrgId): Promise<number>;
  /** The folder, the one above it, and so on up to the root; empty when there is no such folder. */
  pathOf(orgId: OrgId, folderId: FolderId): Promise<FolderId[]>;
  /** How many levels there are below the folder. */
  levelsBelow(orgId: OrgId, folderId: FolderId): Promise<number>;
  /** The folder under that parent whose name counts as the same. */
  namesake(orgId: OrgId, parentId: FolderId, name: string): Promise<FolderRecord | null>;
  rename(folder: FolderRecord, name: string): Promise<void>;
  /** Hangs the folder with everything below it under another parent, and rewrites the ways of all of them. */
  move(folder: FolderRecord, parentId: FolderId): Promise<void>;
  /** How much is in it directly. */
  holds(orgId: OrgId, folderId: FolderId): Promise<{ folders: number; devices: number; servers: number }>;
  ties(orgId: OrgId, folderId: FolderId): Promise<FolderTies>;
  /** Keeps syncs of the agents whose new devices go there out, until the transaction ends. */
  lockReporters(orgId: OrgId, folderId: FolderId): Promise<void>;
  /** Ends the folder with all that hangs on it; its agents' new devices go to the folder above. */
  remove(folder: FolderRecord & { readonly parentId: FolderId }): Promise<void>;
  /**
   * Servers within `reach` that are registered with the folder, or that record devices in it: whoever synchronises
   * with it may put there what was taken out.
   */
  applications(orgId: OrgId, folderId: FolderId, reach: Reach): Promise<FolderApplication[]>;
}
