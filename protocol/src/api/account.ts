import { z } from "zod";
import { AccountId, SessionId } from "../ids.ts";
import { EmailAddress, Label, Timestamp } from "../scalars.ts";

/** Accounts of people in the public API: how one comes to be, how it signs in, what its owner may change. */

export const LANGUAGES = ["en", "fr"] as const;
export const THEMES = ["light", "dark", "system"] as const;
export const FACTOR_METHODS = ["totp", "email"] as const;

/** An authenticator app, or codes by mail. */
export const FactorMethod = z.enum(FACTOR_METHODS);
export type FactorMethod = z.infer<typeof FactorMethod>;

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
};

/** A name of the IANA time zone database, e.g. `Europe/Paris`. Offsets are none: they know no summer. */
export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]/, "expected a time zone, e.g. Europe/Paris")
  .refine(isTimeZone, "expected a time zone, e.g. Europe/Paris");

/** As it is typed; what a new one has to be is the hub's business (`PASSWORD_WEAK`, `PASSWORD_BREACHED`). */
const Password = z.string().min(1).max(1_024);

/** What a mail's link carries. */
const MailToken = z.string().max(200);

/** A code of an authenticator app or of a mail, or a recovery code; spaces and hyphens do not count. */
const FactorCode = z.string().min(6).max(60);

export const NewRegistration = z
  .strictObject({
    email: EmailAddress,
    password: Password,
    name: Label,
    language: z.enum(LANGUAGES).default("en"),
    timeZone: TimeZone.default("UTC"),
  })
  .meta({ id: "NewRegistration" });
export type NewRegistration = z.infer<typeof NewRegistration>;

/** The same for every address, so that nobody learns which ones are known. */
export const MailOnItsWay = z.strictObject({ mailed: z.literal(true) }).meta({ id: "MailOnItsWay" });

/** The mail's token proves the address, the password that it is the same person who registered. */
export const RegistrationProof = z
  .strictObject({ token: MailToken, password: Password })
  .meta({ id: "RegistrationProof" });
export type RegistrationProof = z.infer<typeof RegistrationProof>;

export const SignIn = z.strictObject({ email: EmailAddress, password: Password }).meta({ id: "SignIn" });
export type SignIn = z.infer<typeof SignIn>;

export const FactorProof = z.strictObject({ code: FactorCode }).meta({ id: "FactorProof" });
export type FactorProof = z.infer<typeof FactorProof>;

export const Account = z
  .strictObject({
    id: AccountId,
    email: EmailAddress,
    name: Label,
    language: z.enum(LANGUAGES),
    timeZone: z.string(),
    theme: z.enum(THEMES),
    /** Null until one was chosen. */
    factorMethod: FactorMethod.nullable(),
    recoveryCodesLeft: z.int().nonnegative(),
    createdAt: Timestamp,
  })
  .meta({ id: "Account" });
export type Account = z.infer<typeof Account>;

/** Where a sign-in stands; the session itself is a cookie that no script can read. */
export const SignedIn = z
  .strictObject({
    sessionId: SessionId,
    /** `missing`: a code is still wanted; `not_set_up`: a second factor has to be chosen first. */
    factor: z.enum(["passed", "missing", "not_set_up"]),
    /** Where the wanted code comes from; null when none is wanted. */
    codeBy: FactorMethod.nullable(),
    /** To be sent with every change as `X-CSRF-Token`. */
    csrfToken: z.string(),
    /** Null until the second factor was passed. */
    account: Account.nullable(),
  })
  .meta({ id: "SignedIn" });
export type SignedIn = z.infer<typeof SignedIn>;

export const AccountChange = z
  .strictObject({
    name: Label.optional(),
    language: z.enum(LANGUAGES).optional(),
    timeZone: TimeZone.optional(),
    theme: z.enum(THEMES).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "nothing to change")
  .meta({ id: "AccountChange" });
export type AccountChange = z.infer<typeof AccountChange>;

export const PasswordChange = z
  .strictObject({ current: Password, password: Password })
  .meta({ id: "PasswordChange" });
export type PasswordChange = z.infer<typeof PasswordChange>;

export const PasswordResetWish = z.strictObject({ email: EmailAddress }).meta({ id: "PasswordResetWish" });

export const PasswordReset = z
  .strictObject({ token: MailToken, password: Password })
  .meta({ id: "PasswordReset" });
export type PasswordReset = z.infer<typeof PasswordReset>;

export const EmailChange = z.strictObject({ email: EmailAddress }).meta({ id: "EmailChange" });

export const EmailProof = z.strictObject({ token: MailToken }).meta({ id: "EmailProof" });

export const FactorChoice = z.strictObject({ method: FactorMethod }).meta({ id: "FactorChoice" });

/** What an authenticator app is told, by picture or by hand; nulls for codes by mail. Shown once. */
export const FactorSetup = z
  .strictObject({
    method: FactorMethod,
    secret: z.string().nullable(),
    url: z.string().nullable(),
    /** The address as a QR code: an SVG as `data:` address. */
    qrCode: z.string().nullable(),
  })
  .meta({ id: "FactorSetup" });
export type FactorSetup = z.infer<typeof FactorSetup>;

/** Each opens the account once in place of the second factor. Shown once, kept as hashes. */
export const RecoveryCodes = z.strictObject({ codes: z.array(z.string()) }).meta({ id: "RecoveryCodes" });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

/** A second factor came to be; its first recovery codes, when there were none before. */
export const FactorSet = z
  .strictObject({ method: FactorMethod, recoveryCodes: z.array(z.string()).nullable() })
  .meta({ id: "FactorSet" });
export type FactorSet = z.infer<typeof FactorSet>;

export const SessionSummary = z
  .strictObject({
    id: SessionId,
    /** True for the one that asks. */
    current: z.boolean(),
    /** What the browser called itself, and the network that it came from. */
    browser: z.string(),
    source: z.string(),
    createdAt: Timestamp,
    seenAt: Timestamp,
    until: Timestamp,
  })
  .meta({ id: "Session" });
export type SessionSummary = z.infer<typeof SessionSummary>;
