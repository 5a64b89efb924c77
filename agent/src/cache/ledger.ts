import type { Digest } from "@fyr/protocol";
import { z } from "zod";
import type { StateStore } from "../ports.ts";

/** What the cache remembers beside its files: which jobs hold an image, and which images were used last. */
export interface CacheLedger {
  hold(pin: string, digest: Digest): void;
  release(pin: string): void;
  held(digest: Digest): boolean;
  /** `digest` is now the one used last. */
  used(digest: Digest): void;
  forget(digest: Digest): void;
  /** Digests from the one used longest ago to the one used last; those never used come first. */
  byUse(digests: readonly Digest[]): Digest[];
}

const PINS = "cache/pin/";
const USES = "cache/use/";
const Use = z.int().nonnegative();

/** The order of use is a number that rises, not a time: clocks jump. */
export function cacheLedger(store: StateStore): CacheLedger {
  const read = (key: string) => Buffer.from(store.get(key) ?? []).toString();
  const pins = new Map(store.keys(PINS).map((key) => [key.slice(PINS.length), read(key)]));
  const uses = new Map(store.keys(USES).map((key) => [key.slice(USES.length), Use.parse(Number(read(key)))]));
  let last = Math.max(0, ...uses.values());
  return {
    hold(pin, digest) {
      if (pins.get(pin) === digest) return;
      store.put(PINS + pin, Buffer.from(digest));
      pins.set(pin, digest);
    },
    release(pin) {
      if (pins.delete(pin)) store.remove(PINS + pin);
    },
    held: (digest) => [...pins.values()].includes(digest),
    used(digest) {
      if (uses.get(digest) === last && last > 0) return;
      uses.set(digest, ++last);
      store.put(USES + digest, Buffer.from(String(last)));
    },
    forget(digest) {
      if (uses.delete(digest)) store.remove(USES + digest);
    },
    byUse: (digests) => [...digests].sort((a, b) => (uses.get(a) ?? 0) - (uses.get(b) ?? 0)),
  };
}
