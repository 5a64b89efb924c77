import { createHash } from "node:crypto";

/** Everything that happened, as lines: the last of them to read, all of them as one hash to compare. */
export interface Trace {
  say(who: string, what: string): void;
  /** SHA-256 over every line so far. */
  hash(): string;
  /** The last lines, oldest first. */
  last(): string[];
}

export const LAST_LINES = 200;

export function newTrace(now: () => number, onLine?: (line: string) => void): Trace {
  const ring: string[] = [];
  const hash = createHash("sha256");
  let at = 0;
  return {
    say(who, what) {
      const line = `${(now() / 1000).toFixed(3).padStart(10)} ${who.padEnd(8)} ${what}`;
      hash.update(line);
      ring[at++ % LAST_LINES] = line;
      onLine?.(line);
    },
    hash: () => hash.copy().digest("hex"),
    last: () => [...ring.slice(at % LAST_LINES), ...ring.slice(0, at % LAST_LINES)],
  };
}
