import type { Serial } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import type { ImageCache, Inventory, Probe, SiteTime, Trust } from "../ports.ts";
import type { Journal } from "./journal.ts";
import type { UpgradeSettings } from "./settings.ts";

/** Where a device's settings go before it is upgraded. */
export interface Backups {
  /** Keeps the newest backup of a device; resolves when the disk has it. @throws Fault DISK_FULL, STORE_FAILED */
  keep(serial: Serial, bytes: Uint8Array): Promise<void>;
}

/** What the jobs of a site need from the world. */
export interface UpgradePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly journal: Journal;
  readonly backups: Backups;
  readonly inventory: Inventory;
  readonly trust: Pick<Trust, "verify">;
  readonly siteTime: SiteTime;
  readonly cache: ImageCache;
  readonly probe: Probe;
  readonly settings: UpgradeSettings;
}
