import type { StateStore } from "../../ports.ts";

/** Small facts in memory; `writes` counts what a disk would have had to do. */
export interface MemoryState extends StateStore {
  writes(): number;
}

export function memoryState(): MemoryState {
  const facts = new Map<string, Uint8Array>();
  let writes = 0;
  return {
    get: (key) => facts.get(key)?.slice() ?? null,
    put: (key, value) => (writes++, void facts.set(key, value.slice())),
    remove: (key) => (writes++, void facts.delete(key)),
    keys: (prefix) => [...facts.keys()].filter((key) => key.startsWith(prefix)).sort(),
    writes: () => writes,
  };
}
