import { Fault, type FaultCode, type Outcome } from "@fyr/protocol";
import type { HostStage, StageOptions } from "./stage.ts";
import { HOST_MOMENTS } from "../faults.ts";
import { packageFacts } from "./stage.ts";

/** A way through a server's upgrade and how it may end. */
export interface Scenario {
  readonly name: string;
  readonly options: StageOptions;
  readonly ends: readonly (Outcome | `${Outcome}:${FaultCode}`)[];
  /** Versions that are put in place, in order. */
  readonly switches: number;
  /** Once the order is given. */
  readonly ordered?: (stage: HostStage) => void;
  readonly before?: (stage: HostStage) => Promise<void>;
}

const MINUTE = 60_000;
const msi = { installer: "msi" } as const;

export const SCENARIOS: readonly Scenario[] = [
  { name: "a package that is put in place whole", options: {}, ends: ["succeeded"], switches: 1 },
  { name: "a Windows installer", options: { host: msi }, ends: ["succeeded"], switches: 1 },
  {
    name: "an installer that wants a restart (3010)",
    options: { host: msi, faults: [{ kind: "installer-exits", exit: 3010 }] },
    ends: ["succeeded"],
    switches: 1,
  },
  {
    name: "an installer that restarts the host and says so (1641)",
    options: { host: msi, faults: [{ kind: "installer-reboots", told: true }] },
    ends: ["succeeded"],
    switches: 1,
  },
  {
    name: "an installer that restarts the host before its helper hears of it",
    options: { host: msi, faults: [{ kind: "installer-reboots", told: false }] },
    ends: ["succeeded"],
    switches: 1,
  },
  {
    name: "an installer that stands still for two hours",
    options: { faults: [{ kind: "installer-hangs", forMs: 120 * MINUTE }] },
    ends: ["succeeded"],
    switches: 1,
  },
  {
    name: "a service that does not come back",
    options: { faults: [{ kind: "service-stays-down" }] },
    ends: ["failed:SERVER_NO_RETURN"],
    switches: 1,
  },
  {
    name: "an installer that says yes and changes nothing",
    options: { host: msi, faults: [{ kind: "version-unchanged" }] },
    ends: ["failed:SERVER_VERSION_UNCHANGED"],
    switches: 0,
  },
  ...(
    [
      [1603, "failed", "INSTALLER_FAILED"],
      [1602, "failed", "INSTALLER_STOPPED"],
      [1618, "given_back", "INSTALLER_BUSY"],
      [1620, "failed", "INSTALLER_PACKAGE"],
      [1625, "given_back", "INSTALLER_DENIED"],
      [77, "failed", "INSTALLER_FAILED"],
    ] as const
  ).map(([exit, outcome, code]): Scenario => ({
    name: `an installer that ends with ${exit}`,
    options: { host: msi, faults: [{ kind: "installer-exits", exit }] },
    ends: [`${outcome}:${code}`],
    switches: 0,
  })),
  {
    name: "a host with too little room",
    options: { faults: [{ kind: "disk-full" }] },
    ends: ["given_back:SERVER_DISK_FULL"],
    switches: 0,
  },
  {
    name: "a backup that cannot be proved",
    options: { faults: [{ kind: "backup-fails" }] },
    ends: ["given_back:SERVER_BACKUP_FAILED"],
    switches: 0,
  },
  {
    name: "an installer that its publisher did not sign",
    options: { faults: [{ kind: "unsigned" }] },
    ends: ["failed:PACKAGE_PUBLISHER"],
    switches: 0,
  },
  {
    name: "a host that waits for a restart already",
    options: { faults: [{ kind: "reboot-pending" }] },
    ends: ["given_back:SERVER_REBOOT_PENDING"],
    switches: 0,
  },
  {
    name: "an export that runs for a minute",
    options: { faults: [{ kind: "exporting", forMs: MINUTE }] },
    ends: ["succeeded"],
    switches: 1,
  },
  {
    name: "a server that runs the version already",
    options: { host: { version: "6.18.27687" } },
    ends: ["skipped:UPGRADE_AT_TARGET"],
    switches: 0,
  },
  {
    name: "a package older than what runs",
    options: { package: packageFacts("6.10.1") },
    ends: ["failed:IMAGE_DOWNGRADE"],
    switches: 0,
  },
  {
    name: "a package for another product",
    options: { package: packageFacts("6.18.27687", { product: "camera" }) },
    ends: ["failed:PACKAGE_WRONG_PRODUCT"],
    switches: 0,
  },
  {
    name: "an order for another server",
    options: { order: { uid: "acs-pro-server:00000000-0000" as never } },
    ends: ["failed:SERVER_WRONG"],
    switches: 0,
  },
  {
    name: "an order whose window has no room for an installer",
    options: { order: { windows: [{ opensAt: 0, closesAt: Date.UTC(2026, 0, 1) + 10 * MINUTE }] } },
    ends: ["given_back:WINDOW_MISSED"],
    switches: 0,
  },
  {
    name: "an order that the hub did not sign",
    options: { verify: new Fault("ORDER_SIGNATURE") },
    ends: ["failed:ORDER_SIGNATURE"],
    switches: 0,
  },
];

/** Power cuts at every moment of an installation, of both kinds of packages. */
export const POWER_CUTS: readonly Scenario[] = (["bundle", "msi"] as const).flatMap((installer) =>
  HOST_MOMENTS.filter((at) => at !== "booting").map((at): Scenario => {
    const isHalf = installer === "msi" && (at === "installer-started" || at === "service-stopped");
    return {
      name: `a power cut at ${at} of a ${installer}`,
      options: { host: { installer }, faults: [{ kind: "power-cut", at, offMs: 10 * MINUTE }] },
      ends: isHalf ? ["failed:INSTALLER_CUT"] : ["succeeded"],
      switches: isHalf ? 0 : 1,
    };
  }),
);

/** The helper is killed, its installer goes on. */
export const HELPER_KILLS: readonly Scenario[] = (["bundle", "msi"] as const).flatMap((installer) =>
  HOST_MOMENTS.filter((at) => at !== "booting").map((at): Scenario => ({
    name: `a helper of a ${installer} that is killed at ${at}`,
    options: { host: { installer }, faults: [{ kind: "helper-killed", at }] },
    ends: ["succeeded"],
    switches: 1,
  })),
);
