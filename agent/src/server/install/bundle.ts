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

export interface BundlePorts {
  readonly place: ServicePlace;
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
export function bundleInstaller({ place, service, log }: BundlePorts): Installer {
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
  };
}

/** What the disk says, in the words of the fault table. */
function asRefusal(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (isFault(error) || (code !== "ENOSPC" && code !== "EDQUOT")) return error;
  return new Fault("SERVER_DISK_FULL", { reason: code }, { cause: error });
}
