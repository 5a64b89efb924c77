import {
  Fault,
  may,
  rankIn,
  rankOf,
  type Action,
  type FolderId,
  type Place,
  type Standing,
} from "@fyr/protocol";
import { actorOf, type Caller } from "./caller.ts";
import type { Membership } from "./store.ts";

/** A member at work in one organisation: who asks, and all that decides what may be done. */
export interface Member extends Membership, Standing {
  /** How the audit names the member. */
  readonly actor: string;
  readonly caller: Caller;
}

export const memberOf = (caller: Caller, membership: Membership): Member => ({
  ...membership,
  caller,
  actor: actorOf(caller),
  scope: caller.kind === "service" ? caller.scope : null,
});

/**
 * Lets pass what the permission table allows.
 *
 * @throws Fault `NOT_FOUND` for what the member cannot see; `OWNER_ONLY` or `FORBIDDEN`, with the role that is missing,
 * for what it sees and may not do
 */
export function demand(member: Member, action: Action, place: Place = {}): void {
  const decision = may(member, action, place);
  if (decision.kind === "allowed") return;
  if (decision.kind === "hidden") throw new Fault("NOT_FOUND");
  const { because, requiredRole } = decision;
  const yourRole = (place.path === undefined ? null : rankIn(member, place.path)) ?? rankOf(member);
  throw new Fault(requiredRole === "owner" ? "OWNER_ONLY" : "FORBIDDEN", {
    action,
    requiredRole,
    yourRole,
    because,
  });
}

/**
 * As `demand`, for what lies in a folder: whoever cannot see it is told that it does not exist, whatever they wanted.
 *
 * @param see the action by which such a thing is seen at all
 */
export function demandIn(
  member: Member,
  see: Action,
  action: Action,
  path: readonly FolderId[],
  own?: boolean,
): void {
  if (may(member, see, { path }).kind !== "allowed") throw new Fault("NOT_FOUND");
  demand(member, action, { path, ...(own !== undefined && { own }) });
}
