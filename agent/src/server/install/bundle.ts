import { Fault, isFault } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { InstallPlan } from "../ports.ts";
import { unpackBundle, type BundleFile, type BundleInfo, type BundleSink } from "./archive.ts";
import { endOfExit, type Ended } from "./exit-codes.ts";
import type { Installer } from "./helper.ts";

/**
 * Where a service's files lie: releases beside each other, and one of them that is the current one. Everything that
 * returns is on the disk.
 */
export interface ServicePlace {
  current(): Promise<string | null>;
  has(release: string): Promise<boolean>;
  releases(): Promise<readonly string[]>;
  /** Fills a fresh folder and, when all went well, names it: a release is there whole or not at all. */
  add(release: string, fill: (sink: BundleSink) => Promise<BundleInfo>): Promise<BundleInfo>;
  /** In one step: whoever starts the service before gets the old files, and after the new ones. */
  switchTo(release: string): Promise<void>;
  /** Removes all releases but these. */
  keepOnly(releases: readonly string[]): Promise<void>;
  /** The bytes of a package. */
  read(path: string): AsyncIterable<Uint8Array>;
}

export interface ServiceControl {
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** The server's own data, which a backup is a copy of. */
export interface DataPlace {
  /**
   * Proves the backup by its hash and puts it in the data's place, whole or not at all; what was there stays beside.
   *
   * @throws Fault `SERVER_RESTORE_FAILED`, `SERVER_DISK_FULL`
   */
  putBack(backup: { readonly path: string; readonly sha256: string }): Promise<void>;
}

export interface BundlePorts {
  readonly place: ServicePlace;
  readonly data: DataPlace;
  readonly service: ServiceControl;
  readonly log: Logger;
}

export const releaseOf = ({ to, digest }: Pick<InstallPlan, "to" | "digest">): string =>
  `${to}-${digest.slice(0, 12)}`;

const nowhere: BundleSink = {
  async write(_file: BundleFile, content) {
    for await (const _part of content); // read to its end, for its hash
  },
};

/**
 * The signed package for a Linux host: its files become a release of their own, the service is stopped, the release
 * becomes the current one in one step, the service is started. Begun again after a cut it goes on where that matters.
 */
export function bundleInstaller({ place, data, service, log }: BundlePorts): Installer {
  async function bring(path: string, plan: InstallPlan): Promise<void> {
    const release = releaseOf(plan);
    if (await place.has(release)) return;
    const info = await place.add(release, (sink) => unpackBundle(place.read(path), sink));
    if (info.Release !== plan.to)
      throw new Fault("PACKAGE_INVALID", { reason: "another version", found: info.Release });
  }

  async function install(path: string, plan: InstallPlan): Promise<Ended> {
    const release = releaseOf(plan);
    const before = await place.current();
    if (before !== release) {
      await bring(path, plan);
      await service.stop();
      await place.switchTo(release);
      log.info({ from: before, to: release }, "files switched");
    }
    await service.start().catch((error: unknown) => log.error({ error }, "the service did not start"));
    await place.keepOnly(before === null ? [release] : [before, release]);
    return endOfExit(0);
  }

  /** The data of before belongs to the release of before: both, or none. */
  async function restore({ to, backup, backupSha256: sha256 }: InstallPlan): Promise<Ended> {
    if (backup === null || sha256 === null) throw new Fault("SERVER_RESTORE_FAILED", { reason: "no backup" });
    const current = await place.current();
    const kept = [current ?? "", ...(await place.releases())].find((name) => name.startsWith(`${to}-`));
    if (kept === undefined)
      throw new Fault("SERVER_RESTORE_BY_HAND", { backup, reason: `the files of ${to} are gone` });
    await service.stop();
    await data.putBack({ path: backup, sha256 });
    if (kept !== current) await place.switchTo(kept);
    await service.start();
    log.info({ from: current, to: kept }, "backup put back");
    return endOfExit(0);
  }

  return {
    kind: "bundle",
    whole: true,
    async check(path) {
      await unpackBundle(place.read(path), nowhere);
    },
    async install(path, plan) {
      try {
        return await install(path, plan);
      } catch (error) {
        throw asRefusal(error);
      }
    },
    async restore(plan) {
      try {
        return await restore(plan);
      } catch (error) {
        throw asRefusal(error);
      }
    },
  };
}

/** What the disk says, in the words of the fault table. */
function asRefusal(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (isFault(error) || (code !== "ENOSPC" && code !== "EDQUOT")) return error;
  return new Fault("SERVER_DISK_FULL", { reason: code }, { cause: error });
}
