import { join } from "node:path/win32";
import { ACS_PRO, AxisVersion, Fault, Label, MachineId, serverUid } from "@fyr/protocol";
import type { Clock, Files } from "@fyr/runtime";
import type { HostProbe, Maybe, RunProgram } from "../server/index.ts";
import { copyProved, pruneBackups } from "./backup.ts";
import { systemHealth, UNKNOWN_HEALTH, type HostLoad } from "./load.ts";

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

  async function machineId(): Promise<MachineId> {
    const found = /MachineGuid\s+REG_SZ\s+(\S+)/.exec(
      (await registry(CRYPTOGRAPHY, "/v", "MachineGuid")) ?? "",
    );
    const id = MachineId.safeParse(found?.[1]);
    if (!id.success) throw new Fault("SERVER_UNREADABLE", { missing: "MachineGuid" });
    return id.data;
  }

  /** Of the entry under which Windows lists the product among its programs. */
  async function installed(): Promise<Maybe<AxisVersion> | null> {
    const found = await registry(UNINSTALL, "/s", "/f", "AXIS Camera Station Pro", "/d");
    const key = /^(HKEY_\S.*)$/m.exec(found ?? "")?.[1]?.trim();
    if (key === undefined) return null;
    const said = /DisplayVersion\s+REG_SZ\s+(\S+)/.exec((await registry(key, "/v", "DisplayVersion")) ?? "");
    const version = AxisVersion.safeParse(said?.[1]);
    return version.success ? version.data : "unknown";
  }

  async function isUp(): Promise<Maybe<boolean>> {
    if (service === null) return "unknown";
    const { exit, out } = await run("sc.exe", ["query", service]);
    const state = exit === 0 ? /STATE\s*:\s*\d+\s+(\w+)/.exec(out)?.[1] : undefined;
    return state === undefined ? "unknown" : state === "RUNNING";
  }

  async function rebootPending(): Promise<boolean> {
    for (const key of REBOOT_KEYS) if ((await registry(key)) !== null) return true;
    return false;
  }

  const orUnknown = <T>(asked: Promise<T>): Promise<Maybe<T>> => asked.catch(() => "unknown" as const);
  const databases = async () => (await files.list(data)).filter((name) => DATABASES.test(name));

  return {
    async facts() {
      const version = await installed();
      if (version === null) return null;
      const id = await machineId();
      return {
        uid: serverUid(ACS_PRO, id),
        ...{ product: ACS_PRO, machineId: id, name: Label.parse(hostName), version },
        os: { family: "windows", version: "unknown" },
        ...{ edition: "unknown", licensing: "unknown", counts: "unknown", devices: "unknown" },
      };
    },
    async health() {
      const free = await orUnknown(files.freeBytes(data));
      const up = await orUnknown(isUp());
      const state = up === "unknown" ? "unknown" : up ? "running" : "stopped";
      return {
        ...UNKNOWN_HEALTH,
        ...systemHealth(load, [
          { name: data.slice(0, 2), use: "data", totalBytes: "unknown", freeBytes: free },
        ]),
        ...(service !== null && { services: [{ name: service, state, restarts: "unknown" as const }] }),
        at: Math.round(clock.wall()),
        rebootPending: await orUnknown(rebootPending()),
      };
    },
    async alive() {
      const version = (await orUnknown(installed())) ?? "unknown";
      return { version, up: await orUnknown(isUp()), says: "unknown" };
    },
    /** The kernel's own time of start, which differs from boot to boot. */
    async bootId() {
      const script = "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToFileTimeUtc()";
      const { exit, out } = await run("powershell.exe", [
        "-NoProfile",
        "-NonInteractive",
        "-Command",
        script,
      ]);
      return exit === 0 && /^\d+$/.test(out.trim()) ? out.trim() : "unknown";
    },
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
