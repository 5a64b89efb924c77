import { join } from "node:path";
import { AxisVersion, Fault, isFault, serverUid, type ServerHealth } from "@fyr/protocol";
import type { Clock, Files } from "@fyr/runtime";
import type { HostProbe, Maybe } from "../server/index.ts";
import { copyProved, pruneBackups } from "./backup.ts";
import { readJson, type HostService, type LocalJson } from "./control.ts";
import { HealthFile, HostFile, SaidVersion } from "./host-file.ts";
import { systemHealth, UNKNOWN_HEALTH, type HostLoad } from "./load.ts";

export interface LinuxPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly json: LocalJson;
  readonly service: HostService;
  readonly load: HostLoad;
}

export const hostFile = async (files: Files, root: string): Promise<HostFile> => {
  const found = await readJson(files, join(root, "host.json"), HostFile).catch((error: unknown) => {
    throw new Fault("SERVER_UNREADABLE", { file: "host.json" }, { cause: error });
  });
  if (!found) throw new Fault("SERVER_UNREADABLE", { file: "host.json", reason: "missing" });
  return found;
};

/** A host whose server keeps to the layout of `host.json`: Linux ones, and the simulator's. */
export function linuxProbe(root: string, ports: LinuxPorts): HostProbe {
  const { clock, files, json, service, load } = ports;
  const data = join(root, "data");
  const backups = join(root, "backups");

  async function installed(): Promise<Maybe<string>> {
    const bytes = await files.read(join(root, "current", "VERSION")).catch(() => null);
    const version = AxisVersion.safeParse(
      Buffer.from(bytes ?? [])
        .toString("utf8")
        .trim(),
    );
    return version.success ? version.data : "unknown";
  }

  async function says(): Promise<Maybe<string> | null> {
    const { service: about } = await hostFile(files, root);
    if (about.version === undefined) return "unknown";
    const version = SaidVersion.safeParse(await json(about.version));
    return version.success ? version.data.version : null;
  }

  async function health(): Promise<ServerHealth> {
    const at = Math.round(clock.wall());
    const { service: about } = await hostFile(files, root);
    const known = await readJson(files, join(root, "health.json"), HealthFile).catch(() => null);
    const [isUp, restarts] = [await service.isUp(), await service.restarts()];
    const state = isUp === "unknown" ? "unknown" : isUp ? "running" : "stopped";
    const volume = await files.freeBytes(root).catch(() => "unknown" as const);
    return {
      ...UNKNOWN_HEALTH,
      ...systemHealth(load, [
        { name: root.slice(-120), use: "data", totalBytes: "unknown", freeBytes: volume },
      ]),
      ...(known as Partial<ServerHealth> | null),
      at,
      services: [{ name: about.name, state, restarts }],
    };
  }

  return {
    async facts() {
      const host = await hostFile(files, root);
      const {
        machineId,
        product,
        name,
        edition = "unknown",
        licensing = "unknown",
        counts = "unknown",
      } = host;
      return {
        uid: serverUid(product, machineId),
        ...{ machineId, product, name, edition, licensing, counts },
        version: await installed(),
        os: { family: "linux", version: "unknown" },
        devices: host.devices?.map(({ serial }) => serial) ?? "unknown",
      };
    },
    health: () =>
      health().catch((error: unknown) => {
        if (!isFault(error)) throw error;
        return { ...UNKNOWN_HEALTH, at: Math.round(clock.wall()) };
      }),
    async alive() {
      const about = await says().catch(() => "unknown" as const);
      return { version: await installed(), up: await service.isUp(), says: about };
    },
    bootId: () => service.bootId(),
    devices: async () => (await hostFile(files, root)).devices ?? "unknown",
    async backupRoom() {
      const sizes = await Promise.all((await files.list(data)).map((name) => files.stat(join(data, name))));
      const needsBytes = sizes.reduce((sum, found) => sum + (found?.sizeBytes ?? 0), 0);
      return { needsBytes, freeBytes: await files.freeBytes(root).catch(() => "unknown" as const) };
    },
    async backup(name, signal) {
      const to = join(backups, name);
      const made = await copyProved(files, { from: data, names: await files.list(data), to }, signal);
      await pruneBackups(files, backups, to);
      return made;
    },
  };
}
