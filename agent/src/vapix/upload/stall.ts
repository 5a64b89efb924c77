import { TRANSFER } from "@fyr/protocol";
import type { Cancel, Clock } from "@fyr/runtime";

const LOOKS = 4;
const EVERY_MS = TRANSFER.stallMs / LOOKS;
const LEAST_BYTES = (TRANSFER.stallBytesPerSecond * TRANSFER.stallMs) / 1_000;

/** Calls `onStall` when fewer bytes than the least rate allows were taken during the last `TRANSFER.stallMs`. */
export function watchStall(clock: Clock, sentBytes: () => number, onStall: () => void): Cancel {
  const past: number[] = [];
  let cancel: Cancel;
  const look = () => {
    const before = past.length >= LOOKS ? past.shift() : undefined;
    if (before !== undefined && sentBytes() - before < LEAST_BYTES) return onStall();
    past.push(sentBytes());
    cancel = clock.after(EVERY_MS, look);
  };
  look();
  return () => cancel();
}
