import type { AuditEntry, OrgId } from "@fyr/protocol";
import type { Actor, PageWish } from "../ports.ts";

/** One change, as it is written down beside it. */
export interface Change {
  readonly orgId: OrgId;
  readonly at: number;
  readonly actor: Actor;
  /** What was done, e.g. `task.cancelled`. */
  readonly action: string;
  /** What it was done to: an id. */
  readonly object: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditStore {
  /** Appends in order, each to its organisation's chain: sequence without gaps, each entry sealing the one before. */
  append(changes: readonly Change[]): Promise<void>;
  /** All, or those of one actor, by sequence, oldest first; one more than wished when there are more. */
  page(orgId: OrgId, wish: PageWish, actor?: Actor): Promise<AuditEntry[]>;
}
