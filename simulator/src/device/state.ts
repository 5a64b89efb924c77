import type { FaultSpec } from "./faults/spec.ts";
import { installed, type Firmware, type Installed, type Pending, type Settings } from "./firmware.ts";
import type { Upload } from "./history.ts";

/**
 * Where a device stands in its life. `flashing` and `leaving` still answer as before, `dark` is off the network,
 * `booting` answers with systemready "no", `off` has no power.
 */
export type PhaseName = "ready" | "flashing" | "leaving" | "dark" | "booting" | "off";

/** What a restart is for. */
export type RestartFor = "restart" | "rollback" | "soft" | "hard";

export interface Phase {
  readonly name: PhaseName;
  /** Wall time at which it ends by itself; missing when nothing ends it. */
  readonly untilMs?: number;
  /** Being written, while `flashing`. */
  readonly flash?: Pending;
  /** What comes after `leaving`, or when power returns. */
  readonly next?: RestartFor;
}

export interface PlacedFault {
  readonly spec: FaultSpec;
  /** How often it struck: a fault that never fired proved nothing. */
  fired: number;
}

/** All that a device remembers, as plain JSON. */
export interface DeviceState {
  firmware: Firmware;
  settings: Settings;
  phase: Phase;
  /** Boots since the device was made. */
  boots: number;
  bootId: string;
  /** Wall time of the last boot. */
  bootedMs: number;
  uploads: Upload[];
  /** Counts events of uploads, so that overlap is decided by order and not by time. */
  order: number;
  faults: PlacedFault[];
  /** Which self-signed certificate it shows: a factory default makes a new one. */
  certificate: number;
  /** How far its clock was set off from the true time. */
  clockOffsetMs: number;
}

export function freshState(
  active: Installed,
  settings: Settings,
  bootId: string,
  bootedMs: number,
): DeviceState {
  return {
    firmware: installed(active),
    settings,
    phase: { name: "ready" },
    boots: 0,
    bootId,
    bootedMs,
    uploads: [],
    order: 0,
    faults: [],
    certificate: 0,
    clockOffsetMs: 0,
  };
}
