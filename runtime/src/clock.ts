/** Takes back a timer; calling it late or twice does nothing. */
export type Cancel = () => void;

/**
 * The passing of time, handed to everything that waits or dates something.
 *
 * Wall time labels events and may jump; monotonic time measures and never does. Order comes
 * from sequence numbers, never from either.
 */
export interface Clock {
  /** Milliseconds since 1970 as the host believes them. */
  wall(): number;
  /** Milliseconds since an arbitrary start; never steps back. */
  mono(): number;
  /** Runs `act` once after `delayMs` of monotonic time. */
  after(delayMs: number, act: () => void): Cancel;
}

/** Node fires at once when a delay exceeds 32 bits, so longer waits are taken in laps. */
const LONGEST_LAP_MS = 2 ** 31 - 1;

/** The only place where real time enters the product. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(delayMs, act) {
    let timer: NodeJS.Timeout;
    const lap = (leftMs: number) => {
      const now = Math.min(leftMs, LONGEST_LAP_MS);
      timer = setTimeout(() => (leftMs > now ? lap(leftMs - now) : act()), now);
    };
    lap(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** Waits `delayMs`; resolves early, without error, when `signal` aborts: callers look at the signal. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal?.addEventListener("abort", wake);
  });
}

export interface Deadline {
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * A signal that aborts with `reason` after `delayMs`, or as soon as `parent` does.
 * Call `release` when the guarded work is over, so that no timer is left behind.
 */
export function deadline(clock: Clock, delayMs: number, reason: () => Error, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const cancel = clock.after(delayMs, () => controller.abort(reason()));
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  parent?.addEventListener("abort", follow);
  const release = () => {
    cancel();
    parent?.removeEventListener("abort", follow);
  };
  return { signal: controller.signal, release };
}
