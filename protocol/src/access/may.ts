import type { FolderId } from "../ids.ts";
import { ACTIONS, PERMISSIONS, type Action, type Permission } from "./permissions.ts";
import { RANKS, ROLES, type FolderGrant, type OrgSettings, type Rank, type Role } from "./roles.ts";

/** Everything that decides what somebody may do in one organisation. */
export interface Standing {
  readonly kind: "person" | "service";
  readonly role: Role;
  readonly owner: boolean;
  readonly grants: readonly FolderGrant[];
  readonly settings: OrgSettings;
  /** What a key is limited to; null when it may do whatever its member may. */
  readonly scope: readonly string[] | null;
}

/** What an action is done to, as far as access is concerned. */
export interface Place {
  /** The folder that holds it and the folders above, up to the root; left out for what is in no folder. */
  readonly path?: readonly FolderId[];
  /** Whether it is one's own: the own account, an own entry, a task that one started. */
  readonly own?: boolean;
  /** Whether it is an owner. */
  readonly toOwner?: boolean;
}

export type Decision =
  | { readonly kind: "allowed" }
  /** As if it did not exist. */
  | { readonly kind: "hidden" }
  /** Seen, and refused: what would be needed. */
  | {
      readonly kind: "refused";
      readonly because: "role" | "owner" | "setting" | "key";
      readonly requiredRole: Rank;
    };

const ALLOWED: Decision = { kind: "allowed" };
const HIDDEN: Decision = { kind: "hidden" };

/** The column of the permission table that a member stands in. */
export const rankOf = ({ role, owner }: Pick<Standing, "role" | "owner">): Rank => (owner ? "owner" : role);

/**
 * The role that somebody has in a folder: the highest that was granted on the way up to the root, since grants only add
 * . Null where nothing was granted.
 */
export function rankIn(standing: Standing, path: readonly FolderId[]): Rank | null {
  if (standing.role === "admin") return rankOf(standing);
  const granted = standing.grants.filter(({ folderId }) => path.includes(folderId)).map(({ role }) => role);
  return ROLES.findLast((role) => (granted as readonly Role[]).includes(role)) ?? null;
}

/** The least role that may do it at all, with whatever setting is needed. */
export const requiredRole = (action: Action): Rank => {
  const { reaches }: Permission = PERMISSIONS[action];
  return RANKS.find((rank) => reaches[rank] !== "never") ?? "owner";
};

const reachesFor = (action: Action, rank: Rank) => PERMISSIONS[action].reaches[rank];

const isClosed = (action: Action, rank: Rank, settings: OrgSettings): boolean => {
  const { operatorsNeed }: Permission = PERMISSIONS[action];
  return rank === "operator" && operatorsNeed !== undefined && !settings[operatorsNeed];
};

function refusedToKey({ kind, scope }: Standing, action: Action): boolean {
  const { service }: Permission = PERMISSIONS[action];
  return kind === "service" && (!service || (scope !== null && !scope.includes(action)));
}

/**
 * The one decision about access (access.md 3.3): what may `standing` do to what is at `place`?
 *
 * What cannot be seen is hidden; what is seen and may not be done is refused, with what would be needed.
 */
export function may(standing: Standing, action: Action, place: Place = {}): Decision {
  const rank = place.path === undefined ? rankOf(standing) : rankIn(standing, place.path);
  if (rank === null) return HIDDEN;
  const refused = (
    because: "role" | "owner" | "setting" | "key",
    needed = requiredRole(action),
  ): Decision => ({
    kind: "refused",
    because,
    requiredRole: needed,
  });
  if (refusedToKey(standing, action)) return refused("key");
  const { notToOwners }: Permission = PERMISSIONS[action];
  if (notToOwners && place.toOwner && rank !== "owner") return refused("owner", "owner");
  if (isClosed(action, rank, standing.settings)) return refused("setting", "admin");
  switch (reachesFor(action, rank)) {
    case "never":
      return refused("role");
    case "self":
    case "ownInFolders":
      return place.own === false ? refused("role", leastOver(action)) : ALLOWED;
    case "everywhere":
    case "folders":
      return ALLOWED;
  }
}

/** The least role that may do it to what belongs to others. */
const leastOver = (action: Action): Rank =>
  RANKS.find((rank) => ["everywhere", "folders"].includes(reachesFor(action, rank))) ?? "owner";

/** Where somebody may do something: everywhere, or in these folders and below (possibly none). */
export type Reach = "everywhere" | readonly FolderId[];

export function reachOf(standing: Standing, action: Action): Reach {
  if (refusedToKey(standing, action)) return [];
  if (reachesFor(action, rankOf(standing)) === "everywhere") return "everywhere";
  return standing.grants
    .filter(({ role }) => reachesFor(action, role) !== "never" && !isClosed(action, role, standing.settings))
    .map(({ folderId }) => folderId);
}

export const isAction = (text: string): text is Action => (ACTIONS as readonly string[]).includes(text);
