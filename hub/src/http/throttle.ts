import type { Clock } from "@fyr/runtime";

export interface Throttle {
  /** Takes one turn of `key`. 0: go on; else the milliseconds until the next turn. */
  take(key: string): number;
  /** How many turns `key` has at this moment, and the milliseconds until it has all of them. */
  left(key: string): { readonly turns: number; readonly fullInMs: number };
}

export interface ThrottleLimits {
  /** Turns that a key may save up and spend at once. */
  readonly burst: number;
  /** Milliseconds in which one turn comes back. */
  readonly everyMs: number;
  /** Keys that are remembered; beyond, the longest idle one is forgotten. */
  readonly keys: number;
}

/**
 * Counts turns per key (a source, an agent) in one number each: the moment at which all its turns are back
 * (generic cell rate algorithm). Unknown keys start with a full burst.
 */
export function createThrottle(
  clock: Pick<Clock, "mono">,
  { burst, everyMs, keys }: ThrottleLimits,
): Throttle {
  const fullAt = new Map<string, number>();
  return {
    take(key) {
      const now = clock.mono();
      const next = Math.max(fullAt.get(key) ?? now, now) + everyMs;
      const waitMs = next - now - burst * everyMs;
      if (waitMs > 0) return Math.ceil(waitMs);
      // Re-inserting keeps the map in order of use.
      fullAt.delete(key);
      fullAt.set(key, next);
      const [oldest] = fullAt.keys();
      if (fullAt.size > keys && oldest !== undefined) fullAt.delete(oldest);
      return 0;
    },
    left(key) {
      const fullInMs = Math.max((fullAt.get(key) ?? 0) - clock.mono(), 0);
      return { turns: Math.max(Math.floor(burst - fullInMs / everyMs), 0), fullInMs };
    },
  };
}

/** One source is one IPv4 address, or one IPv6 network of 64 bits: that is what one subscriber gets. */
export function sourceOf(address: string | undefined): string {
  const plain = (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
  return plain.includes(":") ? network64(plain) : plain;
}

function network64(address: string): string {
  const [head = "", tail] = address.split("%", 1)[0]?.split("::") ?? [];
  const left = head.split(":").filter(Boolean);
  const right = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
