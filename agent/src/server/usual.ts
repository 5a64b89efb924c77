import type { StateStore } from "../ports.ts";

const KEY = "server/usual-install-ms";

/** How long an installation takes on this host, from start to proved: the expected end that people are shown. */
export interface Usual {
  ms(): number;
  measured(ms: number): void;
}

/** @param first until one was measured */
export function usual(store: StateStore, first: number): Usual {
  const read = (): number => {
    const kept = Number(Buffer.from(store.get(KEY) ?? []).toString("utf8"));
    return kept > 0 ? kept : first;
  };
  return { ms: read, measured: (ms) => store.put(KEY, Buffer.from(String(Math.max(1, Math.round(ms))))) };
}
