import type { AccountId, EmailAddress, FactorMethod, Language, SessionId } from "@fyr/protocol";
import type {
  AccountEdit,
  AccountRecord,
  Registration,
  SessionFactor,
  SessionRecord,
} from "../accounts/account.ts";
import type { Row } from "./schema.ts";

export const toAccount = (row: Row<"accounts">): AccountRecord => ({
  id: row.id as AccountId,
  email: row.email as EmailAddress,
  name: row.name,
  language: row.language as Language,
  timeZone: row.time_zone,
  theme: row.theme as AccountRecord["theme"],
  passwordHash: row.password_hash,
  factorMethod: row.factor_method as FactorMethod | null,
  factorSeed: row.factor_seed,
  factorStep: row.factor_step,
  nextMethod: row.next_method as FactorMethod | null,
  nextSeed: row.next_seed,
  nextUntil: row.next_until,
  failures: row.failures,
  codesTried: row.codes_tried,
  codesSince: row.codes_since,
  createdAt: row.created_at,
  signedInAt: row.signed_in_at,
  suspendedAt: row.suspended_at,
});

export const fromAccount = (account: AccountRecord): Row<"accounts"> => ({
  id: account.id,
  created_at: account.createdAt,
  factor_step: account.factorStep,
  ...(fromEdit(account) as Omit<Row<"accounts">, "id" | "created_at" | "factor_step">),
});

/** The columns of what an edit names; the others are left as they are. */
export const fromEdit = (edit: AccountEdit): Partial<Row<"accounts">> => {
  const columns = {
    email: edit.email,
    name: edit.name,
    language: edit.language,
    time_zone: edit.timeZone,
    theme: edit.theme,
    password_hash: edit.passwordHash,
    factor_method: edit.factorMethod,
    factor_seed: edit.factorSeed,
    next_method: edit.nextMethod,
    next_seed: edit.nextSeed,
    next_until: edit.nextUntil,
    failures: edit.failures,
    codes_tried: edit.codesTried,
    codes_since: edit.codesSince,
    signed_in_at: edit.signedInAt,
    suspended_at: edit.suspendedAt,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
};

export const toRegistration = (row: Row<"registrations">): Registration => ({
  tokenHash: row.token_hash,
  email: row.email as EmailAddress,
  name: row.name,
  language: row.language as Language,
  timeZone: row.time_zone,
  passwordHash: row.password_hash,
  createdAt: row.created_at,
  until: row.until,
  failures: row.failures,
});

export const fromRegistration = (registration: Registration): Row<"registrations"> => ({
  token_hash: registration.tokenHash,
  email: registration.email,
  name: registration.name,
  language: registration.language,
  time_zone: registration.timeZone,
  password_hash: registration.passwordHash,
  created_at: registration.createdAt,
  until: registration.until,
  failures: registration.failures,
});

export const toSession = (row: Row<"sessions">): SessionRecord => ({
  id: row.id as SessionId,
  accountId: row.account_id as AccountId,
  tokenHash: row.token_hash,
  factor: row.factor as SessionFactor,
  factorAt: row.factor_at,
  createdAt: row.created_at,
  seenAt: row.seen_at,
  until: row.until,
  source: row.source,
  browser: row.browser,
});

export const fromSession = (session: SessionRecord): Row<"sessions"> => ({
  id: session.id,
  account_id: session.accountId,
  token_hash: session.tokenHash,
  factor: session.factor,
  factor_at: session.factorAt,
  created_at: session.createdAt,
  seen_at: session.seenAt,
  until: session.until,
  source: session.source,
  browser: session.browser,
});
