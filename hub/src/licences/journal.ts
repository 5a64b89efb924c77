import type { CivilDate } from "./civil-date.ts";
import type { ByType } from "./need.ts";

/**
 * The record of everything that ever moved: insert-only, two-sided (licensing.md 2.3). Each record belongs to one
 * organisation's chain; balances, lots, seats and subscriptions are what is left when it is read from the start.
 */
export type TxType =
  | "key.redeem"
  | "product.start"
  | "lots.unlock"
  | "year.allocate"
  | "year.compensate"
  | "year.release"
  | "year.close"
  | "lots.expire"
  | "wallet.transferOut"
  | "wallet.transferIn"
  | "hw.activate"
  | "ext.allocate"
  | "ext.rma"
  | "upgrade.apply"
  | "anchor.set"
  | "tx.reverse";

/** One side of a movement; the sum over a record is 0 for each commodity. */
export interface Entry {
  readonly account: string;
  readonly commodity: string;
  /** Plus into the account, minus out of it. */
  readonly ticks: number;
  /** On a wallet and among locked licences: which lot. */
  readonly lot?: string;
}

export type LotOrigin = "key" | "transfer" | "compensation" | "upgrade";

/** Licences that came in together. */
export interface LotFacts {
  readonly id: string;
  readonly commodity: string;
  readonly creditedOn: CivilDate;
  /** The first day on which it can be used no more. */
  readonly expiresOn: CivilDate;
  readonly origin: LotOrigin;
  /** Of a key: its last five characters. */
  readonly keyHint?: string;
  /** Of a key for several years: how many (W-14). */
  readonly termYears?: number;
  /** The lot that it was split off from, maybe another organisation's. */
  readonly parent?: string;
}

export type SeatKind = "fill" | "topUp" | "growth";

/** Seats that an allocation gave to a year. */
export interface Seats {
  readonly type: string;
  readonly qty: number;
  readonly kind: SeatKind;
  /** Days of the year that had gone without entitlement (L-40). */
  readonly overlapDays: number;
}

/** What a record says beside its postings, all that is needed to read the journal again. */
export interface TxFacts {
  readonly product?: string;
  readonly year?: number;
  /** Lots that this record makes. */
  readonly lots?: readonly LotFacts[];
  /** `year.allocate`: the allocation and its seats. */
  readonly allocation?: string;
  readonly seats?: readonly Seats[];
  /** What the year needed at that moment (L-29). */
  readonly need?: ByType;
  /** `year.compensate`, `year.release`: of which allocation. */
  readonly of?: string;
  /** `product.start`: the organisation's anchor, when this start set it. */
  readonly anchor?: CivilDate;
  readonly keyHash?: string;
  readonly hardware?: string;
  readonly reverses?: string;
  /** The number that both sides of a transfer show (L-53), and the other side. */
  readonly transfer?: { readonly number: string; readonly with: string };
  /** How a compensation was reckoned, kept for ever (L-43). */
  readonly arithmetic?: string;
  readonly reason?: string;
}

/** A record before it is put into a chain. */
export interface Draft {
  readonly id: string;
  readonly type: TxType;
  readonly effectiveOn: CivilDate;
  readonly recordedAt: number;
  readonly actor: string;
  readonly entries: readonly Entry[];
  readonly facts: TxFacts;
}

/** Sums of `entries` by commodity that are not 0: none in a record that may be posted (I-1). */
export function imbalance(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { commodity, ticks } of entries) sums.set(commodity, (sums.get(commodity) ?? 0) + ticks);
  return new Map([...sums].filter(([, ticks]) => ticks !== 0));
}

export const ACCOUNTS = {
  issuer: "issuer",
  transit: "transit",
  expired: "expired",
  used: "used",
  upgraded: "upgraded",
  wallet: (org: string) => `wallet:${org}`,
  locked: (org: string) => `locked:${org}`,
  year: (org: string, index: number) => `year:${org}:${index}`,
  /** By hardware and not by its registration: they outlive it (L-61). */
  hardware: (hwId: string) => `hw:${hwId}`,
  extension: (hwId: string) => `ext:${hwId}`,
} as const;
