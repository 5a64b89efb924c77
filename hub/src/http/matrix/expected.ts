import { PERMISSIONS, type Permission, type Rank } from "@fyr/protocol";
import type { ApiRoute } from "../api/route.ts";
import { PLACED, PLACED_BY_BODY } from "./places.ts";

/** Where a case of the matrix plays, for a member of its organisation. */
export const SCENES = ["inside", "outside", "another organisation", "archived"] as const;
export type Scene = (typeof SCENES)[number];

export const paramsOf = ({ path }: Pick<ApiRoute, "path">): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);

const isPlaced = (route: ApiRoute): boolean =>
  PLACED_BY_BODY.has(route.name) || paramsOf(route).some((name) => PLACED.has(name));

/**
 * What the matrix says the answer's status is, reckoned from the row alone: 2 for any success.
 *
 * Whoever may never do it is refused before it is looked at what they name, so a hidden thing is refused like a shown one.
 */
export function expected(route: ApiRoute, rank: Rank, scene: Scene): 2 | 403 | 404 | 410 {
  if (scene === "another organisation") return 404;
  if (scene === "archived") return 410;
  const { reaches }: Permission = PERMISSIONS[route.action ?? "organisation.read"];
  if (reaches[rank] === "never") return 403;
  const scoped = reaches[rank] === "folders" || reaches[rank] === "ownInFolders";
  return scene === "outside" && scoped && isPlaced(route) ? 404 : 2;
}
