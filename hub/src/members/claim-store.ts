import type { AccountId, OrgId } from "@fyr/protocol";

/** An admin's claim on an organisation without an active owner. */
export interface ClaimRecord {
  readonly orgId: OrgId;
  readonly id: string;
  readonly accountId: AccountId;
  readonly claimedAt: number;
  /** When the claimant becomes an owner, by the wall clock. */
  readonly effectiveAt: number;
}

/** How a claim ended: with an owner, by an owner's word, or because the claimant could not be one any more. */
export type ClaimEnd = "effective" | "objected" | "lapsed";

export interface ClaimStore {
  /** Fails as taken while the organisation has an open one. */
  insert(claim: ClaimRecord): Promise<void>;
  open(orgId: OrgId): Promise<ClaimRecord | null>;
  end(claim: ClaimRecord, how: ClaimEnd, by: string, at: number): Promise<void>;
  /** Organisations that are alive and whose open claim is due. */
  due(now: number): Promise<OrgId[]>;
}
