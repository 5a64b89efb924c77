import type { RecordedDevice } from "@fyr/agent";
import {
  ACS_PRO,
  AxisVersion,
  MachineId,
  Serial,
  serverUid,
  type ServerFacts,
  type ServerHealth,
} from "@fyr/protocol";

export interface HostBlueprint {
  readonly machineId: string;
  readonly name: string;
  readonly version: string;
  readonly licensing: "subscription" | "hardware";
  readonly counts: Readonly<Record<string, number>>;
  readonly devices: readonly RecordedDevice[];
  /** How its packages are put in place: an MSI may be left half done by a cut, a bundle never is. */
  readonly installer: "msi" | "bundle";
  /** How long an installation, a backup and a boot take. */
  readonly installMs: number;
  readonly backupMs: number;
  readonly bootMs: number;
}

export const GIB = 2 ** 30;

/** What a simulated server says of itself. @param lost devices that it does not find any more */
export function factsOf(blueprint: HostBlueprint, version: string, lost: number): ServerFacts {
  const { name, licensing, counts, devices, installer } = blueprint;
  const machineId = MachineId.parse(blueprint.machineId);
  return {
    uid: serverUid(ACS_PRO, machineId),
    product: ACS_PRO,
    machineId,
    name,
    version: AxisVersion.parse(version),
    edition: "AXIS Camera Station Pro",
    os: { family: installer === "msi" ? "windows" : "linux", version: "simulated" },
    licensing,
    counts: { ...counts },
    devices: devices.slice(lost).map(({ serial }) => Serial.parse(serial)),
  };
}

export interface HostNow {
  readonly at: number;
  readonly up: boolean;
  readonly exporting: boolean;
  readonly rebootPending: boolean;
}

export const healthOf = ({ at, up, exporting, rebootPending }: HostNow): ServerHealth => ({
  at,
  cpuPercent: 12,
  memory: { totalBytes: 16 * GIB, freeBytes: 8 * GIB },
  volumes: [{ name: "D:", use: "recordings", totalBytes: 4000 * GIB, freeBytes: 400 * GIB }],
  retention: { targetDays: 30, actualDays: 29 },
  services: [{ name: "ACS server", state: up ? "running" : "stopped", restarts: 0 }],
  recordingGaps: [],
  lastBackupAt: null,
  exporting,
  rebootPending,
});
