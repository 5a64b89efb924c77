/** What is remembered of one source, or of one address that somebody tries to sign in as. */
export interface Tally {
  /** Attempts that were looked at and did not succeed, in a row. */
  readonly failures: number;
  /** Attempts that were refused unseen because they came too early. */
  readonly refusals: number;
  /** When the last one was looked at; of an address: from a source under suspicion. */
  readonly triedAt: number;
  /** Of an address: when the last attempt from a source without suspicion was looked at. */
  readonly cleanAt: number;
}

export const NO_TALLY: Tally = { failures: 0, refusals: 0, triedAt: 0, cleanAt: 0 };

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** Nobody waits for a first slip of the fingers. */
const FREE_FAILURES = 3;
/** Above this a source is under suspicion until it was quiet for an hour. */
const SUSPECT_AFTER = 4;
const QUIET_MS = HOUR_MS;
const LONGEST_MS = {
  /** A person at a source without suspicion waits no longer than this, whatever others do to the account. */
  clean: 20 * SECOND_MS,
  suspect: 900 * SECOND_MS,
  source: 300 * SECOND_MS,
} as const;

/**
 * Consecutive failures on one account, of passwords and codes together, after which no attempt is looked at any more
 * until its owner proves the address by mail (NIST SP 800-63B 3.2.2).
 */
export const MOST_FAILURES = 100;

const growing = (failures: number, longestMs: number): number =>
  failures < FREE_FAILURES ? 0 : Math.min(longestMs, SECOND_MS * 2 ** Math.min(failures - FREE_FAILURES, 20));

/** A tally as it counts now: what lies long enough back is forgotten. */
export const currentTally = (tally: Tally | null, now: number): Tally =>
  tally === null || now - Math.max(tally.triedAt, tally.cleanAt) > QUIET_MS ? NO_TALLY : tally;

export const isSuspect = ({ failures, refusals }: Tally): boolean => failures + refusals > SUSPECT_AFTER;

export interface Attempt {
  /** Of the source, over all addresses. */
  readonly source: Tally;
  /** Of the address, from all sources. */
  readonly address: Tally;
  /** Of this address from this source, when its owner signed in from there before; null when nobody did. */
  readonly known: Tally | null;
}

/**
 * How long an attempt has to wait, in milliseconds; 0 when it is looked at now (security.md B1-S1).
 *
 * Three queues that do not slow each other down, so that whoever guesses cannot keep the owner out: the owner at a
 * place where he signed in before; sources without suspicion, of which each is one only for its first few failures;
 * all others.
 */
export function waitOf({ source, address, known }: Attempt, now: number): number {
  const until = (at: number, delayMs: number) => Math.max(0, at + delayMs - now);
  if (known) return until(known.triedAt, growing(known.failures, LONGEST_MS.suspect));
  const own = until(source.triedAt, growing(source.failures, LONGEST_MS.source));
  if (!isSuspect(source)) {
    return Math.max(own, until(address.cleanAt, growing(address.failures, LONGEST_MS.clean)));
  }
  return Math.max(own, until(address.triedAt, growing(address.failures, LONGEST_MS.suspect)));
}

/** The tallies after an attempt that is looked at now. It counts as failed until the password was found right. */
export function counted({ source, address, known }: Attempt, now: number): Attempt {
  const failed = (tally: Tally): Tally => ({ ...tally, failures: tally.failures + 1 });
  const inQueue = isSuspect(source) ? { triedAt: now } : { cleanAt: now };
  return {
    source: { ...failed(source), triedAt: now },
    address: known ? address : { ...failed(address), ...inQueue },
    known: known && { ...failed(known), triedAt: now },
  };
}
