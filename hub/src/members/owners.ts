import { Fault } from "@fyr/protocol";
import type { PrincipalId } from "../access/store.ts";

/** A person with the owner's mark. */
export interface Owner {
  readonly principalId: PrincipalId;
  /** Active, with a second factor, and not suspended: only such an owner can act as one. */
  readonly counts: boolean;
}

/** What a change does to somebody's mark; `counts` is asked of whoever is marked anew. */
export interface OwnerChange {
  readonly principalId: PrincipalId;
  readonly owner: boolean;
  readonly counts: boolean;
}

/**
 * Keeps an organisation an owner who can act, whatever changes.
 *
 * @throws Fault `LAST_OWNER`
 */
export function demandOwner(owners: readonly Owner[], changes: readonly OwnerChange[]): void {
  const changed = new Map(changes.map((change) => [change.principalId, change]));
  const takesAway = owners.some(({ principalId }) => changed.get(principalId)?.owner === false);
  if (!takesAway) return;
  const stay = owners.filter(({ principalId }) => !changed.has(principalId));
  const come = changes.filter(({ owner }) => owner);
  if (![...stay, ...come].some(({ counts }) => counts)) throw new Fault("LAST_OWNER");
}
