import type { Cancel, Clock } from "@fyr/runtime";

/** Tells listeners that something is new; never what. */
export interface Notices {
  tell(): void;
  on(listener: () => void): Cancel;
}

/** @param restMs told at most this often, the last time never lost; 0 tells each time */
export function notices(clock: Clock, restMs = 0): Notices {
  const listeners = new Set<() => void>();
  let lastAt = Number.NEGATIVE_INFINITY;
  let waits = false;
  const tellNow = () => {
    waits = false;
    lastAt = clock.mono();
    for (const listener of listeners) listener();
  };
  return {
    tell() {
      if (waits) return;
      const leftMs = lastAt + restMs - clock.mono();
      if (leftMs <= 0) return tellNow();
      waits = true;
      clock.after(leftMs, tellNow);
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
