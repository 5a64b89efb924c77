import { join } from "node:path/win32";
import {
  ACS_PRO,
  AxisVersion,
  Fault,
  Label,
  MachineId,
  serverUid,
  type ServiceState,
  type Volume,
} from "@fyr/protocol";
import type { Clock, Files } from "@fyr/runtime";
import type { HostProbe, Maybe, RunProgram } from "../server/index.ts";
import { copyProved, pruneBackups } from "./backup.ts";
import { systemHealth, UNKNOWN_HEALTH, type HostLoad } from "./load.ts";
import {
  crashesOf,
  crashQuery,
  disks,
  displayName,
  fileTimeMs,
  registryKey,
  registryValue,
  serviceState,
} from "./windows-output.ts";

export interface WindowsPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly run: RunProgram;
  readonly load: HostLoad;
  readonly hostName: string;
}

export interface WindowsPlaces {
  /** The server's data, with its Firebird files (vapix.md 7). */
  readonly data: string;
  readonly backups: string;
  /** The Windows service's name; null where nobody told, for it is not documented. */
  readonly service: string | null;
}

export const WINDOWS_DATA = "C:\\ProgramData\\Axis Communications\\AXIS Camera Station Server";

const CRYPTOGRAPHY = "HKLM\\SOFTWARE\\Microsoft\\Cryptography";
const UNINSTALL = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
const REBOOT_KEYS = [
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired",
];
const DATABASES = /^ACS(_LOGS)?\.FDB$/i;

const WINDOWS = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
const BOOTED_AT = "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToFileTimeUtc()";
const DISKS =
  "Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3' | Select-Object DeviceID,Size,FreeSpace | ConvertTo-Json -Compress";

const orUnknown = <T>(asked: Promise<T>): Promise<Maybe<T>> => asked.catch(() => "unknown" as const);

/**
 * A Windows host, read with the system's own programs. vapix.md 7 confirms the folders, the version's form and the silent
 * installer; everything else about AXIS Camera Station Pro is undocumented, and answered `unknown`: licensing, counts,
 * devices, edition, retention, recording gaps, exports. Not one of these was ever asked on a real Windows host.
 */
export function windowsProbe({ data, backups, service }: WindowsPlaces, ports: WindowsPorts): HostProbe {
  const { clock, files, run, load, hostName } = ports;

  /** The text of a registry query; null when there is no such key or value. */
  async function registry(...args: string[]): Promise<string | null> {
    const { exit, out } = await run("reg.exe", ["query", ...args]);
    return exit === 0 ? out : null;
  }

  const said = async (program: string, ...args: string[]): Promise<string | null> => {
    const { exit, out } = await run(program, args);
    return exit === 0 ? out : null;
  };
  const powershell = (script: string) =>
    said("powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script);

  async function machineId(): Promise<MachineId> {
    const id = MachineId.safeParse(
      registryValue(await registry(CRYPTOGRAPHY, "/v", "MachineGuid"), "MachineGuid"),
    );
    if (!id.success) throw new Fault("SERVER_UNREADABLE", { missing: "MachineGuid" });
    return id.data;
  }

  /** Of the entry under which Windows lists the product among its programs. */
  async function installed(): Promise<Maybe<AxisVersion> | null> {
    const key = registryKey(await registry(UNINSTALL, "/s", "/f", "AXIS Camera Station Pro", "/d"));
    if (key === null) return null;
    const version = AxisVersion.safeParse(
      registryValue(await registry(key, "/v", "DisplayVersion"), "DisplayVersion"),
    );
    return version.success ? version.data : "unknown";
  }

  async function osVersion(): Promise<string> {
    const out = await registry(WINDOWS);
    const [major, minor, build] = [
      "CurrentMajorVersionNumber",
      "CurrentMinorVersionNumber",
      "CurrentBuildNumber",
    ].map((name) => registryValue(out, name));
    return major === null || minor === null || build === null ? "unknown" : `${major}.${minor}.${build}`;
  }

  async function stateOf(name: string): Promise<ServiceState["state"]> {
    return serviceState((await said("sc.exe", "query", name)) ?? "") ?? "unknown";
  }

  async function isUp(): Promise<Maybe<boolean>> {
    const state = service === null ? "unknown" : await stateOf(service);
    return state === "unknown" ? "unknown" : state === "running";
  }

  const bootedAt = async (): Promise<string | null> => {
    const out = (await powershell(BOOTED_AT))?.trim() ?? "";
    return fileTimeMs(out) === null ? null : out;
  };

  /** Times that it ended unexpectedly and was started again since the host booted, by the event log. */
  async function restartsOf(name: string): Promise<Maybe<number>> {
    const since = fileTimeMs((await bootedAt()) ?? "");
    const title = displayName((await said("sc.exe", "GetDisplayName", name)) ?? "");
    if (since === null || title === null) return "unknown";
    const xml = await said("wevtutil.exe", "qe", "System", `/q:${crashQuery(since)}`, "/f:xml", "/c:1000");
    return xml === null ? "unknown" : crashesOf(xml, title);
  }

  async function services(): Promise<ServiceState[]> {
    if (service === null) return [];
    const [state, restarts] = [await orUnknown(stateOf(service)), await orUnknown(restartsOf(service))];
    return [{ name: Label.parse(service), state, restarts }];
  }

  async function volumes(): Promise<Volume[]> {
    const found = disks((await powershell(DISKS).catch(() => null)) ?? "");
    const home = data.slice(0, 2).toUpperCase();
    // What the other disks are for, nothing documented tells.
    const own = found?.find(({ name }) => name === home);
    if (own) return [{ ...own, name: Label.parse(own.name), use: "data" }];
    const freeBytes = await orUnknown(files.freeBytes(data));
    return [{ name: Label.parse(home), use: "data", totalBytes: "unknown", freeBytes }];
  }

  async function rebootPending(): Promise<boolean> {
    for (const key of REBOOT_KEYS) if ((await registry(key)) !== null) return true;
    return false;
  }

  const databases = async () => (await files.list(data)).filter((name) => DATABASES.test(name));

  return {
    async facts() {
      const version = await installed();
      if (version === null) return null;
      const id = await machineId();
      return {
        uid: serverUid(ACS_PRO, id),
        ...{ product: ACS_PRO, machineId: id, name: Label.parse(hostName), version },
        os: { family: "windows", version: await orUnknown(osVersion()) },
        ...{ edition: "unknown", licensing: "unknown", counts: "unknown", devices: "unknown" },
      };
    },
    async health() {
      return {
        ...UNKNOWN_HEALTH,
        ...systemHealth(load, await volumes()),
        ...(service !== null && { services: await services() }),
        at: Math.round(clock.wall()),
        rebootPending: await orUnknown(rebootPending()),
      };
    },
    async alive() {
      const version = (await orUnknown(installed())) ?? "unknown";
      return { version, up: await orUnknown(isUp()), says: "unknown" };
    },
    /** The kernel's own time of start, which differs from boot to boot. */
    bootId: async () => (await bootedAt().catch(() => null)) ?? "unknown",
    devices: () => Promise.resolve("unknown"),
    async backupRoom() {
      const sizes = await Promise.all((await databases()).map((name) => files.stat(join(data, name))));
      const needsBytes = sizes.reduce((sum, found) => sum + (found?.sizeBytes ?? 0), 0);
      return { needsBytes, freeBytes: await orUnknown(files.freeBytes(backups)) };
    },
    /** The database files; a server that writes while they are read makes the copy fail, and is tried again later. */
    async backup(name, signal) {
      const to = join(backups, name);
      const made = await copyProved(files, { from: data, names: await databases(), to }, signal);
      await pruneBackups(files, backups, to);
      return made;
    },
  };
}
