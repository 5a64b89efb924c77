import type { Device } from "../device/device.ts";
import type { DeviceState } from "../device/state.ts";

/** A device that is awake costs about 20 kB. */
const AWAKE_KEPT = 500;

/**
 * Devices that are awake, and what the others have left behind. A device at rest that nobody has spoken to lately
 * goes to sleep: only its state stays, or nothing when it never changed.
 */
export interface Dormitory {
  /** Wakes the device when it sleeps. */
  at(index: number): Device;
  /** As `at`, and it stays awake: for a caller that keeps it. */
  keptAt(index: number): Device;
  /** Of a device that has changed since it was made. */
  stateOf(index: number): DeviceState | undefined;
  awake(): Iterable<Device>;
}

export type Wake = (
  index: number,
  state: DeviceState | undefined,
  changed: (state: DeviceState) => void,
) => Device;

/** @param left states of before, of devices that have changed */
export function dormitory(wake: Wake, left: Map<number, DeviceState>): Dormitory {
  const awake = new Map<number, Device>();
  const pinned = new Set<number>();
  const rouse = (index: number): Device => wake(index, left.get(index), (state) => left.set(index, state));
  const putOneToSleep = () => {
    const [oldest] = awake;
    if (!oldest || awake.size <= AWAKE_KEPT) return;
    const [index, device] = oldest;
    awake.delete(index);
    if (device.resting() && !pinned.has(index)) device.life.stop();
    else awake.set(index, device); // its turn comes again
  };
  const at = (index: number): Device => {
    const device = awake.get(index) ?? rouse(index);
    awake.delete(index); // the one spoken to last goes to the end
    awake.set(index, device);
    putOneToSleep();
    return device;
  };
  for (const index of [...left.keys()]) awake.set(index, rouse(index)); // restarts that were under way go on
  return {
    at,
    keptAt(index) {
      pinned.add(index);
      return at(index);
    },
    stateOf: (index) => awake.get(index)?.state ?? left.get(index),
    awake: () => awake.values(),
  };
}
