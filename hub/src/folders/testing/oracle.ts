/**
 * Who may do what in a tree of folders, reckoned in the plainest way: by walking up, one parent after the other. Written
 * apart from the code that decides, and never to share anything with it.
 */
export interface Tree {
  /** Each folder's parent by number; folder 0 is the root, whose parent is -1. */
  readonly parents: readonly number[];
  /** For each member, the role granted on some folders: 1 viewer, 2 operator. */
  readonly grants: readonly ReadonlyMap<number, number>[];
}

/** 0 nothing, 1 viewer, 2 operator. */
export function levelOf({ parents, grants }: Tree, member: number, folder: number): number {
  let level = 0;
  for (let at = folder; at !== -1; at = parents[at] ?? -1) {
    const granted = grants[member]?.get(at) ?? 0;
    if (granted > level) level = granted;
  }
  return level;
}

export function isBelow({ parents }: Tree, folder: number, top: number): boolean {
  for (let at = folder; at !== -1; at = parents[at] ?? -1) if (at === top) return true;
  return false;
}

export function wayUp({ parents }: Tree, folder: number): number[] {
  const way: number[] = [];
  for (let at = folder; at !== -1; at = parents[at] ?? -1) way.push(at);
  return way;
}

export const moved = ({ parents, grants }: Tree, folder: number, parent: number): Tree => ({
  parents: parents.map((old, at) => (at === folder ? parent : old)),
  grants,
});
