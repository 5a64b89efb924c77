const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A session ends when nobody used it for so long, and at the latest so long after its sign-in (security.md B1-S5). */
export const IDLE_MS = 30 * MINUTE_MS;
export const LONGEST_SESSION_MS = 12 * HOUR_MS;
/** Between password and code, and while a second factor is chosen. */
export const UNFINISHED_MS = 20 * MINUTE_MS;
/** That a session was used is written down this often; it ends by so much sooner at most. */
export const SEEN_EVERY_MS = MINUTE_MS;

/** A second factor counts as fresh for this long. */
export const FRESH_MS = 5 * MINUTE_MS;

export const MAIL_CODE_MS = 10 * MINUTE_MS;
export const MAIL_CODE_TRIES = 5;
/** Codes of an account, of whatever kind, in so much time (security.md B1-S3). */
export const CODES_MS = 5 * MINUTE_MS;
export const MOST_CODES = 5;
/** Between the QR code and the first code. */
export const SETUP_MS = 15 * MINUTE_MS;

export const REGISTRATION_MS = DAY_MS;
export const EMAIL_CHANGE_MS = DAY_MS;
export const RESET_MS = 30 * MINUTE_MS;

/** A place where the owner signed in stays known for this long. */
export const KNOWN_MS = 90 * DAY_MS;
/** Bodies of mails are kept for so long after they left. */
export const MAIL_KEPT_MS = 7 * DAY_MS;

export const inMinutes = (ms: number): number => Math.round(ms / MINUTE_MS);
export const inHours = (ms: number): number => Math.round(ms / HOUR_MS);
export { DAY_MS, HOUR_MS, MINUTE_MS };
