import type { StateStore } from "../../ports.ts";

/** State in memory: what a test needs of the store. */
export function memoryStore(): StateStore {
  const held = new Map<string, Uint8Array>();
  return {
    get: (key) => held.get(key) ?? null,
    put: (key, value) => void held.set(key, Uint8Array.from(value)),
    remove: (key) => void held.delete(key),
    keys: (prefix) => [...held.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}
