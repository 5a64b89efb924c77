import type { AuditEntry, OrgId } from "@fyr/protocol";
import type { Head, Link } from "../chain/chain.ts";
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

/** Which entries are wanted: those to which everything that is named applies. */
export interface AuditFilter {
  readonly actor?: Actor | undefined;
  /** How the action begins: `task.` finds everything that was done to tasks. */
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  /** Written at or after this time, in milliseconds. */
  readonly from?: number | undefined;
  /** Written before this time, in milliseconds. */
  readonly to?: number | undefined;
}

export interface AuditWish extends PageWish, AuditFilter {
  /** `newest` for people, `oldest` for those who follow the chain; `oldest` when left out. */
  readonly order?: "newest" | "oldest" | undefined;
}

/** Whose entries may be seen: everybody's, or one actor's alone (access.md 3.3, row 59). */
export type Whose = "everybody" | { readonly actor: Actor };

/** A chain as the database holds it at one moment. */
export interface ChainEnd {
  readonly orgId: OrgId;
  /** The end that is kept beside the entries; null when it is missing. */
  readonly head: Head | null;
  /** Sequence of the last entry there is; 0 when there is none. */
  readonly last: number;
}

export interface AuditStore {
  /** Appends in order, each to its organisation's chain: sequence without gaps, each entry sealing the one before. */
  append(changes: readonly Change[]): Promise<void>;
  /** By sequence in the wished order; one more than wished when there are more. */
  page(orgId: OrgId, wish: AuditWish, whose: Whose): Promise<AuditEntry[]>;
  /** The end of the organisation's chain. */
  head(orgId: OrgId): Promise<Head>;
  /** The part of the chain between two sequence numbers, both included: oldest first, every byte as it was found. */
  links(orgId: OrgId, from: number, to: number): Promise<Link[]>;
  /**
   * The ends of all chains, those of organisations that have none among them. For looking whether the chains hold;
   * nobody is shown any of it.
   *
   * @param orgId only this one
   */
  ends(orgId?: OrgId): Promise<ChainEnd[]>;
}
