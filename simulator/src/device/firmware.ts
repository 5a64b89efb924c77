import { generationOf } from "./generations.ts";
import type { CommitPolicy } from "./commit-policy.ts";

/** One AXIS OS image in a device. */
export interface Installed {
  readonly version: string;
  /** Part number, digits. */
  readonly part: string;
  /** As the device shows it, e.g. `Feb 20 2026 18:19`. */
  readonly buildDate: string;
}

/** What a rollback restores beside the image: accounts and parameters. */
export interface Settings {
  readonly accounts: Readonly<
    Record<string, { readonly password: string; readonly groups: readonly string[] }>
  >;
  readonly parameters: Readonly<Record<string, string>>;
}

/** An image in the second slot that waits for its first boot. */
export interface Pending {
  readonly image: Installed;
  readonly policy: CommitPolicy;
  /** Which factory default comes with it. */
  readonly reset: Reset;
}

export type Reset = "none" | "soft" | "hard";

/** The two image slots and what is to become of them: the state of vapix.md 1.8. */
export interface Firmware {
  readonly active: Installed;
  readonly inactive?: { readonly image: Installed; readonly settings: Settings };
  readonly committed: boolean;
  /** Written, and booted at the next start. */
  readonly pending?: Pending;
  /** An automatic commit waits for the boot to end. */
  readonly pendingCommit?: "started";
  /** The rollback timer: minutes to run once the boot has ended, then the wall time at which it strikes. */
  readonly rollbackMinutes?: number;
  readonly rollbackDueMs?: number;
  readonly lastUpgradeMs?: number;
}

export type BootCause = "restart" | "power";

/** Firmware and settings after an event; settings only when they changed. */
export interface Change {
  readonly firmware: Firmware;
  readonly settings?: Settings;
}

export const installed = (active: Installed): Firmware => ({ active, committed: true });

/** The inactive image goes as soon as an upgrade starts, even one that fails (vapix.md 1.6 rule 2). */
export const upgradeStarts = (firmware: Firmware): Firmware => dropInactive(firmware);

/** The image is whole in its slot. Power lost before this leaves no trace of it. */
export function written(firmware: Firmware, pending: Pending, nowMs: number): Firmware {
  return { ...firmware, pending, lastUpgradeMs: nowMs };
}

/**
 * A boot begins: into the image just written, into the old one when power was lost on trial, or into the same.
 *
 * @param settings in force before the boot; kept with the image that becomes the old one
 */
export function bootBegins(firmware: Firmware, settings: Settings, cause: BootCause): Change {
  if (firmware.pending) return { firmware: firstBoot(firmware, firmware.pending, settings) };
  if (!firmware.committed && cause === "power") return rollBack(firmware);
  return { firmware };
}

function firstBoot(firmware: Firmware, { image, policy }: Pending, settings: Settings): Firmware {
  const { active, lastUpgradeMs } = firmware;
  if (!generationOf(image.version).trials) return installed(image);
  const slots = {
    active: image,
    inactive: { image: active, settings },
    ...(lastUpgradeMs !== undefined && { lastUpgradeMs }),
  };
  if (policy.commit === "boot") return { ...slots, committed: true };
  return {
    ...slots,
    committed: false,
    ...(policy.commit === "started" && { pendingCommit: "started" as const }),
    ...(policy.rollbackMinutes !== null && { rollbackMinutes: policy.rollbackMinutes }),
  };
}

/** The boot has ended: an automatic commit takes place, or the rollback timer starts. */
export function bootEnds(firmware: Firmware, nowMs: number): Firmware {
  if (firmware.pendingCommit === "started") return commit(firmware);
  if (firmware.rollbackMinutes === undefined) return firmware;
  const { rollbackMinutes, ...rest } = firmware;
  return { ...rest, rollbackDueMs: nowMs + rollbackMinutes * 60_000 };
}

/** Timer off, still uncommitted. */
export function stopAuto({ rollbackMinutes: _m, rollbackDueMs: _d, ...firmware }: Firmware): Firmware {
  return firmware;
}

export function commit(firmware: Firmware): Firmware {
  const { pendingCommit: _done, ...rest } = stopAuto(firmware);
  return { ...rest, committed: true };
}

/** Image and settings of before; one step only. Without an old image nothing changes. */
export function rollBack(firmware: Firmware): Change {
  if (!firmware.inactive) return { firmware };
  const { image, settings } = firmware.inactive;
  return { firmware: installed(image), settings };
}

/** Allowed when committed; the caller answers 412 otherwise. */
export const purge = (firmware: Firmware): Firmware => dropInactive(firmware);

function dropInactive({ inactive: _dropped, lastUpgradeMs: _past, ...firmware }: Firmware): Firmware {
  return firmware;
}

/** Commits when it has to, then drops the old or the pending image (vapix.md 1.8). */
export function factoryDefault(firmware: Firmware): Firmware {
  return installed(firmware.active);
}
