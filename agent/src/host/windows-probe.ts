import { join } from "node:path/win32";
import { ACS_PRO, Label, serverUid, type ServiceState, type Volume } from "@fyr/protocol";
import type { Clock, Files } from "@fyr/runtime";
import type { HostProbe, Maybe, RunProgram } from "../server/index.ts";
import { copyProved, pruneBackups } from "./backup.ts";
import { systemHealth, UNKNOWN_HEALTH, type HostLoad } from "./load.ts";
import { windowsReads } from "./windows-reads.ts";

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

const DATABASES = /^ACS(_LOGS)?\.FDB$/i;

const orUnknown = <T>(asked: Promise<T>): Promise<Maybe<T>> => asked.catch(() => "unknown" as const);

/**
 * A Windows host, read with the system's own programs. vapix.md 7 confirms the folders, the version's form and the silent
 * installer; everything else about AXIS Camera Station Pro is undocumented, and answered `unknown`: licensing, counts,
 * devices, edition, retention, recording gaps, exports. Not one of these was ever asked on a real Windows host.
 */
export function windowsProbe({ data, backups, service }: WindowsPlaces, ports: WindowsPorts): HostProbe {
  const { clock, files, run, load, hostName } = ports;

  const windows = windowsReads(run);

  async function isUp(): Promise<Maybe<boolean>> {
    const state = service === null ? "unknown" : await windows.stateOf(service);
    return state === "unknown" ? "unknown" : state === "running";
  }

  async function services(): Promise<ServiceState[]> {
    if (service === null) return [];
    const [state, restarts] = [
      await orUnknown(windows.stateOf(service)),
      await orUnknown(windows.restartsOf(service)),
    ];
    return [{ name: Label.parse(service), state, restarts }];
  }

  async function volumes(): Promise<Volume[]> {
    const found = await windows.disks().catch(() => null);
    const home = data.slice(0, 2).toUpperCase();
    // What the other disks are for, nothing documented tells.
    const own = found?.find(({ name }) => name === home);
    if (own) return [{ ...own, name: Label.parse(own.name), use: "data" }];
    const freeBytes = await orUnknown(files.freeBytes(data));
    return [{ name: Label.parse(home), use: "data", totalBytes: "unknown", freeBytes }];
  }

  const databases = async () => (await files.list(data)).filter((name) => DATABASES.test(name));

  return {
    async facts() {
      const version = await windows.installed();
      if (version === null) return null;
      const id = await windows.machineId();
      return {
        uid: serverUid(ACS_PRO, id),
        ...{ product: ACS_PRO, machineId: id, name: Label.parse(hostName), version },
        os: { family: "windows", version: await orUnknown(windows.osVersion()) },
        ...{ edition: "unknown", licensing: "unknown", counts: "unknown", devices: "unknown" },
      };
    },
    async health() {
      return {
        ...UNKNOWN_HEALTH,
        ...systemHealth(load, await volumes()),
        ...(service !== null && { services: await services() }),
        at: Math.round(clock.wall()),
        rebootPending: await orUnknown(windows.rebootPending()),
      };
    },
    async alive() {
      const version = (await orUnknown(windows.installed())) ?? "unknown";
      return { version, up: await orUnknown(isUp()), says: "unknown" };
    },
    /** The kernel's own time of start, which differs from boot to boot. */
    bootId: async () => (await windows.bootedAt().catch(() => null)) ?? "unknown",
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
