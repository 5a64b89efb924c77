import type { Cancel, Clock } from "@fyr/runtime";

export interface SilenceWatch {
  /** Something moved. */
  touch(): void;
  stop: Cancel;
}

/** Calls `onSilence` once `idleMs` have passed without a touch. One timer at a time, however many touches. */
export function watchSilence(clock: Clock, idleMs: number, onSilence: () => void): SilenceWatch {
  let last = clock.mono();
  let stop: Cancel;
  const look = () => {
    const leftMs = last + idleMs - clock.mono();
    if (leftMs <= 0) return onSilence();
    stop = clock.after(leftMs, look);
  };
  stop = clock.after(idleMs, look);
  return { touch: () => (last = clock.mono()), stop: () => stop() };
}
