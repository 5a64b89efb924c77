import { HOUR_MS } from "./times.ts";
import type { ThrottleStore } from "./store.ts";
import { NO_TALLY } from "./throttle.ts";

/** How often something may be asked for. */
interface Allowance {
  readonly kind: "mail" | "register" | "code" | "ask";
  readonly most: number;
  readonly windowMs: number;
}

/** Letters that strangers can cause to one address. */
export const STRANGERS_MAIL: Allowance = { kind: "mail", most: 3, windowMs: HOUR_MS };
/** Registrations and requests for a new password that one source may make. */
export const FROM_SOURCE: Allowance = { kind: "register", most: 20, windowMs: HOUR_MS };
/** Codes by mail for one account. */
export const MAILED_CODES: Allowance = { kind: "code", most: 6, windowMs: HOUR_MS / 4 };

/** Requests to admins that one person may send. */
export const ASKED_ADMINS: Allowance = { kind: "ask", most: 5, windowMs: HOUR_MS };

/** Takes one; the milliseconds to wait when none is left, 0 when it was given. */
export async function takeAllowance(
  throttle: ThrottleStore,
  { kind, most, windowMs }: Allowance,
  whom: string,
  now: number,
): Promise<number> {
  const key = `${kind}:${whom}`;
  const found = (await throttle.take([key])).get(key) ?? NO_TALLY;
  // A window that begins in the future is of a clock that was set back.
  const isOver = now - found.triedAt >= windowMs || found.triedAt > now;
  const tally = isOver ? { ...NO_TALLY, triedAt: now } : found;
  if (tally.failures >= most) return tally.triedAt + windowMs - now;
  await throttle.save(key, { ...tally, failures: tally.failures + 1 });
  return 0;
}
