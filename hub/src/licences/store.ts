import type { Head } from "../chain/chain.ts";
import type { OrgId, SuppliedGuide } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";
import type { Book } from "./book.ts";
import type { CivilDate } from "./civil-date.ts";
import type { NeedSnapshot } from "./events.ts";
import type { HardwareBalances, Preload } from "./hardware.ts";
import type { Draft, TxType } from "./journal.ts";
import type { ByType } from "./need.ts";
import type { KeyFacts } from "./redeem.ts";

/** A record in its place in an organisation's chain. */
export interface Posted extends Draft {
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
}

/** One posting of an account, with the record that it is part of. */
export interface Posting {
  readonly seq: number;
  readonly line: number;
  readonly account: string;
  readonly commodity: string;
  readonly ticks: number;
  readonly lot: string | null;
}

/** What a command answered under its idempotency key: for ever. */
export interface Remembered {
  readonly fingerprint: string;
  readonly answer: unknown;
}

export interface KeyRecord extends KeyFacts {
  readonly batch: string;
  readonly issuedAt: number;
  readonly redeemed: { readonly orgId: OrgId; readonly actor: string; readonly at: number } | null;
  readonly voidedAt: number | null;
}

/** A system of a product that was registered with an organisation (licensing.md 2.2). */
export interface SystemRecord {
  readonly orgId: OrgId;
  readonly id: string;
  readonly product: string;
  readonly name: string;
  readonly connectivity: "online" | "offline";
  readonly licensing: "subscription" | "hardware";
  readonly hwId: string | null;
  readonly publicKey: string | null;
  readonly softwareVersion: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Of the last system file; 0 for a system that reports by itself. */
  readonly sequence: number;
  readonly registeredAt: number;
  readonly reportedAt: number;
  readonly removedAt: number | null;
  /** When its deactivation file came; null while its last licence file may still be in use (L-75). */
  readonly givenUpAt: number | null;
}

/** An ACS Pro server that an agent reports and that is registered here, as far as licences go. */
export interface CountedServer {
  readonly id: string;
  readonly name: string;
  /** In the servers' own words. */
  readonly product: string;
  readonly licensing: "subscription" | "hardware" | "unknown";
  /** Empty while its host cannot tell. */
  readonly counts: ByType;
  readonly registeredAt: number;
  readonly reportedAt: number;
}

export interface LicenceFileRecord {
  readonly orgId: OrgId;
  readonly systemId: string;
  readonly serial: number;
  readonly issuedAt: number;
  readonly validUntil: CivilDate | null;
  readonly text: string;
}

/** Hardware that was sold with licences. */
export interface HardwareRecord extends Preload {
  /** When it was first registered anywhere; null before. */
  readonly activatedAt: number | null;
  /** Where it is registered now; null while it is dormant (L-61). */
  readonly attachedTo: OrgId | null;
}

export interface HistoryFilter {
  readonly product?: string | undefined;
  readonly type?: TxType | undefined;
  readonly actor?: string | undefined;
  readonly from?: CivilDate | undefined;
  /** Not included. */
  readonly to?: CivilDate | undefined;
}

/** The ledger: insert-only records, and what they add up to, kept in the same transaction. */
export interface LedgerStore {
  /** Keeps these organisations' ledgers for the transaction, in one order, so that two transfers never wait in a ring. */
  lockLedgers(orgIds: readonly OrgId[]): Promise<void>;
  /** What an organisation's ledger adds up to; devices counted `since` then, and the last count before. */
  book(orgId: OrgId, since: CivilDate): Promise<Book>;
  /** Chains `drafts`, which led from `before` to `after`, and keeps what changed. The ledger must be locked. */
  post(before: Book, after: Book, drafts: readonly Draft[]): Promise<Posted[]>;
  count(orgId: OrgId, product: string, snapshot: NeedSnapshot): Promise<void>;
  remembered(orgId: OrgId, key: string): Promise<Remembered | null>;
  remember(orgId: OrgId, key: string, command: Remembered & { at: number }): Promise<void>;
  /** By sequence, oldest first; one more than wished when there are more. */
  journal(orgId: OrgId, wish: PageWish): Promise<Posted[]>;
  /** Newest first; `after` is the last sequence seen. */
  history(orgId: OrgId, filter: HistoryFilter, wish: PageWish): Promise<Posted[]>;
  record(orgId: OrgId, id: string): Promise<Posted | null>;
  /** The postings that sum to a balance, oldest first; `after` is `seq.line`. */
  postings(orgId: OrgId, account: string, commodity: string, wish: PageWish): Promise<Posting[]>;
  /** All postings of the records `from` to `to`, both included, in their order. */
  postingsOf(orgId: OrgId, from: number, to: number): Promise<Posting[]>;
  /** The end of an organisation's chain, as it is kept beside the records; null when it has none. */
  ledgerHead(orgId: OrgId): Promise<Head | null>;
  balance(orgId: OrgId, account: string, commodity: string): Promise<number>;
  /** Puts what was read from the journal in place of what is stored beside it. */
  replaceBook(book: Book): Promise<void>;
  /** Organisations that have a ledger, by id. */
  ledgers(after: OrgId | null, limit: number): Promise<OrgId[]>;
  /** Organisations with records but without a ledger's head: there are none in a ledger that holds. */
  headless(): Promise<OrgId[]>;
  /** Sums of the hub's own accounts over all organisations: what is under way is nothing (I-4). */
  hubBalances(account: string): Promise<ReadonlyMap<string, number>>;
}

export interface KeyStore {
  insertKeys(keys: readonly KeyRecord[]): Promise<void>;
  /** Kept for the transaction. */
  lockKey(hash: string): Promise<KeyRecord | null>;
  redeemKey(hash: string, by: NonNullable<KeyRecord["redeemed"]>): Promise<void>;
  voidKey(hash: string, at: number, reason: string): Promise<void>;
  batchKeys(batch: string): Promise<KeyRecord[]>;
  /** Failed tries of an actor since then. */
  failedTries(actor: string, since: number): Promise<number>;
  failTry(id: string, actor: string, at: number): Promise<void>;
}

export interface SystemStore {
  systems(orgId: OrgId): Promise<SystemRecord[]>;
  system(orgId: OrgId, id: string): Promise<SystemRecord | null>;
  /** In every organisation that has it registered, or had; kept for the transaction. */
  lockSystem(id: string): Promise<SystemRecord[]>;
  saveSystem(system: SystemRecord): Promise<void>;
  insertFile(file: LicenceFileRecord): Promise<void>;
  lastFile(orgId: OrgId, systemId: string): Promise<LicenceFileRecord | null>;
  /** Hardware that is sold with licences, as its maker says; false when it was announced before. */
  announceHardware(hardware: Preload): Promise<boolean>;
  /** Its licences were issued: once for ever (I-20). */
  activateHardware(hwId: string, at: number): Promise<void>;
  /** Kept for the transaction. */
  lockHardware(hwId: string): Promise<HardwareRecord | null>;
  attachHardware(hwId: string, orgId: OrgId | null): Promise<void>;
  hardwareBalances(hwId: string): Promise<HardwareBalances>;
  /** Devices that agents report, and agents. */
  fleetSize(orgId: OrgId): Promise<{ readonly devices: number; readonly agents: number }>;
  deviceIds(orgId: OrgId): Promise<readonly string[]>;
  /** By id, oldest first. */
  countedServers(orgId: OrgId): Promise<readonly CountedServer[]>;
}

/** What was told to people once, so that it is told once. */
export interface NoticeStore {
  /** True the first time. */
  noteOnce(orgId: OrgId, notice: string, at: number): Promise<boolean>;
  uncoveredChoice(orgId: OrgId, product: string): Promise<readonly string[]>;
  chooseUncovered(orgId: OrgId, product: string, devices: readonly string[]): Promise<void>;
}

/** What the hub's operator supplied about getting licences. */
export interface GuideStore {
  /** The last version; null before there was one. */
  guide(): Promise<SuppliedGuide | null>;
  /** False when that version is there already: somebody else was first. */
  insertGuide(next: SuppliedGuide, actor: string): Promise<boolean>;
}

export type LicenceStore = LedgerStore & KeyStore & SystemStore & NoticeStore & GuideStore;
