import type { Serial } from "@fyr/protocol";
import type { Clock } from "@fyr/runtime";
import type { KnownDevice } from "../ports.ts";

const HOUR = 3_600_000;

/** A known device that shows nothing new is asked everything again this often. */
const LOOK_EVERY_MS = HOUR;
/** After this many sweeps without a sign a device counts as unreachable. */
const SWEEPS_MISSED = 2;
/** An unreachable device is kept for this long: cameras come back from repair. */
const FORGET_AFTER_MS = 30 * 24 * HOUR;

/** What this process remembers of its sweeps and looks; all of it may be lost. */
export interface SweepMemory {
  looked(serial: Serial): void;
  /** Whether a device that was met is worth a whole look, not just a greeting. */
  wantsLook(before: KnownDevice | undefined, now: KnownDevice, proved: boolean | null): boolean;
  answered(serial: Serial): void;
  /** What becomes of a device that a whole sweep did not meet. */
  missed(device: KnownDevice): "waits" | "unreachable" | "forgotten";
}

export function sweepMemory(clock: Pick<Clock, "wall" | "mono">): SweepMemory {
  const lookedAt = new Map<Serial, number>();
  const misses = new Map<Serial, number>();
  return {
    looked: (serial) => void lookedAt.set(serial, clock.mono()),
    answered: (serial) => void misses.delete(serial),
    wantsLook(before, now, proved) {
      if (!before || before.trouble !== null || proved === false) return true;
      if (before.host !== now.host || before.version !== now.version) return true;
      const at = lookedAt.get(now.serial);
      return at === undefined || clock.mono() - at >= LOOK_EVERY_MS;
    },
    missed({ serial, seenAt }) {
      const count = (misses.get(serial) ?? 0) + 1;
      misses.set(serial, count);
      if (count < SWEEPS_MISSED) return "waits";
      return clock.wall() - seenAt < FORGET_AFTER_MS ? "unreachable" : "forgotten";
    },
  };
}
