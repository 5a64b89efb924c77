import type { Account, AccountId, EmailAddress, FactorMethod, Language, SessionId } from "@fyr/protocol";

/** An account as the hub keeps it. */
export interface AccountRecord {
  readonly id: AccountId;
  readonly email: EmailAddress;
  readonly name: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly theme: Account["theme"];
  readonly passwordHash: string;
  /** Null until a second factor was chosen, and after it was reset. */
  readonly factorMethod: FactorMethod | null;
  /** The authenticator's seed, sealed; null with codes by mail. */
  readonly factorSeed: string | null;
  /** The step of the last code that counted; only ever moves forward. */
  readonly factorStep: number;
  /** A second factor that was chosen and not yet proved, and until when it can be. */
  readonly nextMethod: FactorMethod | null;
  readonly nextSeed: string | null;
  readonly nextUntil: number;
  /** Failures in a row, of passwords and codes together (`MOST_FAILURES`). */
  readonly failures: number;
  /** Codes tried since `codesSince`: five in five minutes. */
  readonly codesTried: number;
  readonly codesSince: number;
  readonly createdAt: number;
  /** When both factors were last passed; null before the first time. */
  readonly signedInAt: number | null;
  /** When somebody outside (the hub's operator, an identity provider) shut the account; null while it is open. */
  readonly suspendedAt: number | null;
}

export type AccountEdit = Partial<Omit<AccountRecord, "id" | "createdAt" | "factorStep">>;

/** Somebody who wants an account; nobody's yet, whatever address stands there. */
export interface Registration {
  readonly tokenHash: string;
  readonly email: EmailAddress;
  readonly name: string;
  readonly language: Language;
  readonly timeZone: string;
  readonly passwordHash: string;
  readonly createdAt: number;
  readonly until: number;
  /** Wrong passwords that were given with its token. */
  readonly failures: number;
}

export type SessionFactor = "passed" | "missing" | "not_set_up";

export interface SessionRecord {
  readonly id: SessionId;
  readonly accountId: AccountId;
  readonly tokenHash: string;
  readonly factor: SessionFactor;
  readonly factorAt: number | null;
  readonly createdAt: number;
  /** Written at most once a minute. */
  readonly seenAt: number;
  /** The end, however busy it is. */
  readonly until: number;
  readonly source: string;
  readonly browser: string;
}

/** A code that was mailed for one session. */
export interface MailCode {
  readonly sessionId: SessionId;
  readonly accountId: AccountId;
  /** Keyed hash: six digits would be found in any other. */
  readonly hash: string;
  readonly until: number;
  readonly triesLeft: number;
}

/** A token that was mailed, for one use. */
export interface MailToken {
  readonly hash: string;
  readonly accountId: AccountId;
  readonly purpose: "password" | "email";
  /** The new address, for `email`. */
  readonly email: EmailAddress | null;
  readonly until: number;
}

/** Where a request comes from, as far as its owner should be told. */
export interface Place {
  /** The network (`sourceOf`). */
  readonly source: string;
  /** What the browser calls itself. */
  readonly browser: string;
}
