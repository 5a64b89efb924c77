import type { AccountId, EmailAddress, SessionId } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";
import type {
  AccountEdit,
  AccountRecord,
  MailCode,
  MailToken,
  Registration,
  SessionRecord,
} from "./account.ts";
import type { Tally } from "./throttle.ts";

/** Accounts belong to no organisation. Inside a transaction `take…` keeps the row until its end. */
export interface AccountStore {
  /** False, and nothing written, when the address or the id is taken. */
  insert(account: AccountRecord): Promise<boolean>;
  find(id: AccountId): Promise<AccountRecord | null>;
  take(id: AccountId): Promise<AccountRecord | null>;
  byEmail(email: EmailAddress): Promise<AccountRecord | null>;
  takeByEmail(email: EmailAddress): Promise<AccountRecord | null>;
  /** By id, oldest first; one more than wished when there are more. */
  page(wish: PageWish): Promise<AccountRecord[]>;
  edit(id: AccountId, edit: AccountEdit): Promise<void>;
  /** Lets a code of `step` count: false when one of it or of a later step counted already. Of two at once, one wins. */
  useStep(id: AccountId, step: number): Promise<boolean>;
  /** A new authenticator starts at its own first step, which may lie before the old one's last. */
  resetStep(id: AccountId, step: number): Promise<void>;

  replaceRecoveryCodes(id: AccountId, hashes: readonly string[]): Promise<void>;
  recoveryCodesLeft(id: AccountId): Promise<number>;
  /** True for one caller: a code counts once. */
  useRecoveryCode(id: AccountId, hash: string): Promise<boolean>;

  insertRegistration(registration: Registration): Promise<void>;
  takeRegistration(tokenHash: string): Promise<Registration | null>;
  registrationFailed(tokenHash: string): Promise<void>;
  /** The address belongs to somebody now, or the registration is over. */
  dropRegistrations(email: EmailAddress): Promise<void>;

  /** In place of what was mailed before for the session. */
  putCode(code: MailCode): Promise<void>;
  takeCode(sessionId: SessionId): Promise<MailCode | null>;
  /** False when it had no try left. */
  spendTry(sessionId: SessionId): Promise<boolean>;
  dropCode(sessionId: SessionId): Promise<void>;

  /** In place of what was mailed before for the same purpose. */
  putToken(token: MailToken): Promise<void>;
  /** Takes it away: null for the second who comes with it, and after its time. */
  useToken(hash: string, purpose: MailToken["purpose"], now: number): Promise<MailToken | null>;
  /** Looks at it and leaves it. */
  findToken(hash: string, purpose: MailToken["purpose"], now: number): Promise<MailToken | null>;
  dropTokens(id: AccountId): Promise<void>;

  /** Whether anything is kept that passes with time: sessions, registrations, codes, tokens, tallies, mails. */
  holdsPassing(): Promise<boolean>;
  /** Removes what is over: registrations, codes, tokens. */
  sweep(now: number): Promise<void>;
}

export interface SessionStore {
  insert(session: SessionRecord): Promise<void>;
  find(id: SessionId): Promise<SessionRecord | null>;
  of(id: AccountId): Promise<SessionRecord[]>;
  /** A new token in place of the old one, which counts no more from here. False when the session is over. */
  renew(session: Pick<SessionRecord, "id" | "tokenHash" | "factor" | "factorAt" | "until">): Promise<boolean>;
  seen(id: SessionId, at: number): Promise<void>;
  /** @returns false when there was none */
  end(accountId: AccountId, id: SessionId): Promise<boolean>;
  /** @returns how many ended */
  endAll(accountId: AccountId, except?: SessionId): Promise<number>;
  /** Removes those that nobody used since `seenBefore`, or whose end is before `now`. */
  sweep(limits: { seenBefore: number; now: number }): Promise<void>;
}

export interface ThrottleStore {
  /** Those that exist, kept for this transaction by their keys, also those that do not exist yet. */
  take(keys: readonly string[]): Promise<ReadonlyMap<string, Tally>>;
  save(key: string, tally: Tally): Promise<void>;
  drop(keys: readonly string[]): Promise<void>;
  /** Removes those of a kind (what their keys begin with) that nobody touched since. */
  sweep(kind: string, before: number): Promise<void>;
}

/** What the gate asks for every request: one query, by the token's hash. */
export type ReadSession = (
  tokenHash: string,
) => Promise<
  | (Pick<SessionRecord, "id" | "accountId" | "factor" | "factorAt" | "seenAt" | "until"> &
      Pick<AccountRecord, "language">)
  | null
>;
