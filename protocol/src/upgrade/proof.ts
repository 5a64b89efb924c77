import { compareVersions } from "../scalars.ts";

/** What a device of some generation can be asked, each from the AXIS OS version that brought it (vapix.md 1.1, 2.1–2.3). */
export const READINGS_SINCE = {
  /** `Properties.Firmware.Version` and the serial, by param.cgi with a login. */
  parameters: "0.0",
  /** `firmwaremanagement.cgi`: active and inactive version, commit flag, rollback. */
  firmwareManagement: "7.40",
  /** `basicdeviceinfo.cgi` with a login. */
  deviceInfo: "8.40",
  /** `getAllUnrestrictedProperties`: serial, model and version without a login. */
  anonymousInfo: "9.10",
  /** `systemready.cgi`. */
  ready: "9.50",
  /** `bootid` and `uptime` in systemready. */
  bootId: "11.0",
} as const satisfies Record<string, string>;

export type Reading = keyof typeof READINGS_SINCE;

export const offers = (version: string, reading: Reading): boolean =>
  compareVersions(version, READINGS_SINCE[reading]) >= 0;

/** Ways in which a boot after the intent can be known, strongest first. */
export type BootProof = "bootId" | "uptime" | "trialSlot" | "offOn" | "restart";

export interface Proof {
  readonly name: string;
  /** First AXIS OS version of the generation. */
  readonly since: string;
  /** Every one of these must name the target before an upgrade is called succeeded (I12). */
  readonly versionFrom: readonly Reading[];
  /** The commit flag must not say "uncommitted" at the end. */
  readonly commitFlag: boolean;
  /**
   * Any one of these proves that the device booted after the image was sent; what the generation that took the image
   * accepts counts too. `trialSlot` is the old version sitting in the inactive slot of an uncommitted device. `offOn` is
   * an off-on cycle in the journal: a silence on the line looks the same, so it counts only where a device can tell
   * nothing better. `restart` is a restart that the agent itself asked for, and saw.
   */
  readonly boot: readonly BootProof[];
}

/** What counts as proof of an upgrade, by the generation of the image that now runs (upgrades.md 5.5). Newest first. */
export const PROOF_BY_GENERATION: readonly Proof[] = [
  {
    name: "boot id",
    since: "11.0",
    versionFrom: ["firmwareManagement", "deviceInfo"],
    commitFlag: true,
    boot: ["bootId", "uptime", "trialSlot"],
  },
  {
    name: "readiness",
    since: "9.50",
    versionFrom: ["firmwareManagement", "deviceInfo"],
    commitFlag: true,
    boot: ["trialSlot"],
  },
  {
    name: "device info",
    since: "8.40",
    versionFrom: ["firmwareManagement", "deviceInfo"],
    commitFlag: true,
    boot: ["trialSlot"],
  },
  {
    name: "firmware management",
    since: "7.40",
    versionFrom: ["firmwareManagement", "parameters"],
    commitFlag: true,
    boot: ["trialSlot"],
  },
  {
    name: "legacy",
    since: "0.0",
    versionFrom: ["parameters"],
    commitFlag: false,
    boot: ["offOn", "restart"],
  },
];

export function proofFor(version: string): Proof {
  const found = PROOF_BY_GENERATION.find(({ since }) => compareVersions(version, since) >= 0);
  if (!found) throw new Error(`no generation covers AXIS OS ${version}`);
  return found;
}
