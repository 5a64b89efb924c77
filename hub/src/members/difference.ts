import { DEFAULT_SETTINGS, rankIn, type FolderChange, type FolderId, type Role } from "@fyr/protocol";
import type { Held } from "./access.ts";

/** A folder of the tree, with the devices that lie right in it. */
export interface TreeFolder {
  readonly id: FolderId;
  readonly parentId: FolderId | null;
  readonly name: string;
  readonly devices: number;
}

interface Seen {
  readonly before: Role | null;
  readonly after: Role | null;
}

/** The role that somebody has in each folder, by the function that decides every request. */
function rolesOver(held: Held, paths: ReadonlyMap<FolderId, readonly FolderId[]>) {
  const standing = { ...held, kind: "person", settings: DEFAULT_SETTINGS, scope: null } as const;
  return new Map(
    [...paths].map(([id, path]) => {
      const rank = rankIn(standing, path);
      return [id, rank === "owner" ? "admin" : rank];
    }),
  );
}

/** From each folder up to the root. */
function pathsOf(tree: readonly TreeFolder[]): Map<FolderId, FolderId[]> {
  const parents = new Map(tree.map(({ id, parentId }) => [id, parentId]));
  const way = (id: FolderId): FolderId[] => {
    const above = parents.get(id) ?? null;
    return above === null ? [id] : [id, ...way(above)];
  };
  return new Map(tree.map(({ id }) => [id, way(id)]));
}

const same = (one: Seen | undefined, other: Seen): boolean =>
  one?.before === other.before && one.after === other.after;

/** What a change of what somebody holds does, folder by folder. */
export interface Difference {
  /** The topmost folders of each change; what lies below and changes alike is counted with them. */
  readonly folders: readonly FolderChange[];
  readonly devicesBefore: number;
  readonly devicesAfter: number;
}

export function difference(before: Held, after: Held, tree: readonly TreeFolder[]): Difference {
  const paths = pathsOf(tree);
  const [then, now] = [rolesOver(before, paths), rolesOver(after, paths)];
  const seen = new Map<FolderId, Seen>(
    tree.map(({ id }) => [id, { before: then.get(id) ?? null, after: now.get(id) ?? null }]),
  );
  const at = (id: FolderId): Seen => seen.get(id) ?? { before: null, after: null };
  /** Counts a folder's devices with the topmost folder above it that changes as it does. */
  const topOf = (id: FolderId): FolderId => {
    const path = paths.get(id) ?? [id];
    const end = path.findIndex((above) => !same(seen.get(above), at(id)));
    return path[(end === -1 ? path.length : end) - 1] ?? id;
  };
  const counts = new Map<FolderId, number>();
  for (const { id, devices } of tree) counts.set(topOf(id), (counts.get(topOf(id)) ?? 0) + devices);
  const changed = tree.filter(({ id }) => topOf(id) === id && at(id).before !== at(id).after);
  const visible = (roles: ReadonlyMap<FolderId, Role | null>) =>
    tree.reduce((sum, { id, devices }) => sum + (roles.get(id) ? devices : 0), 0);
  return {
    folders: changed.map(({ id, name }) => ({ folderId: id, name, ...at(id), devices: counts.get(id) ?? 0 })),
    devicesBefore: visible(then),
    devicesAfter: visible(now),
  };
}
