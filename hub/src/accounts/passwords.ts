import { Fault } from "@fyr/protocol";

/** Hashes passwords, slowly on purpose. The real one is argon2id; a simulated world has a quick one. */
export interface PasswordHasher {
  /** A hash that says itself how it was made. */
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

export interface HasherLimits {
  /** Hashes under way at once: each takes tens of megabytes and a thread of the pool that also reads files. */
  readonly atOnce: number;
  /** Callers that may wait for their turn; whoever comes then is told to come back. */
  readonly waiting: number;
}

/** What a refused caller is told to wait: about as long as the queue takes. */
const COME_BACK_MS = 2_000;

/**
 * The same hasher, for a few callers at a time (security.md B1-S2): a flood of sign-ins costs the hub a bounded amount
 * of memory and threads, whatever comes.
 *
 * @throws Fault `TOO_MANY_REQUESTS` beyond the queue
 */
export function limitedHasher(hasher: PasswordHasher, { atOnce, waiting }: HasherLimits): PasswordHasher {
  let running = 0;
  const queue: (() => void)[] = [];

  async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running < atOnce) running++;
    else if (queue.length >= waiting) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs: COME_BACK_MS });
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      // The turn goes to the next in the queue as it is; only when nobody waits does it end.
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  }

  return {
    hash: (password) => turn(() => hasher.hash(password)),
    verify: (hash, password) => turn(() => hasher.verify(hash, password)),
  };
}
