import { join } from "node:path";
import { Fault, isFault } from "@fyr/protocol";
import { sleep, type Clock, type Files, type Logger } from "@fyr/runtime";
import type { StagedImage } from "../ports.ts";
import type { InstallDesk, Installer, InstallPlan, Maybe, Traces } from "../server/index.ts";
import { runFolder, type RunFolder } from "./runs.ts";

/** What a desk needs of the host and of the system. */
export interface DeskPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
  readonly installer: Pick<Installer, "check" | "whole">;
  readonly bootId: () => Promise<Maybe<string>>;
  readonly reboot: () => Promise<void>;
  /** Starts the helper of a run, detached. */
  readonly spawn: (run: RunFolder) => { readonly ended: Promise<void> };
  readonly isRunning: (pid: number) => boolean;
  /** Takes the lock of a run's folder. @throws Fault `INSTANCE_RUNNING` */
  readonly lock: (folder: string) => () => void;
}

const STARTS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Runs of helpers, each a folder below `folder`. */
export function createDesk(ports: DeskPorts, folder: string): InstallDesk {
  const { clock, files, installer } = ports;
  const runOf = (runKey: string) => runFolder(files, join(folder, runKey));

  function isLocked({ path }: RunFolder): boolean {
    try {
      ports.lock(path)();
      return false;
    } catch (error) {
      if (isFault(error, "INSTANCE_RUNNING")) return true;
      throw error;
    }
  }

  /** The installer itself, which goes on when its helper is gone; after a boot its number is another's. */
  async function isInstalling(run: RunFolder): Promise<boolean> {
    const found = await run.installer();
    if (!found) return false;
    const bootId = await ports.bootId();
    const isThisBoot = bootId === "unknown" || found.bootId === "unknown" || bootId === found.bootId;
    return isThisBoot && ports.isRunning(found.pid);
  }

  async function look(run: RunFolder): Promise<Traces | null> {
    const plan = await run.plan();
    if (!plan) return null;
    // Asked before the journal is read: what is free now has written all that it ever will.
    const busy = isLocked(run) || (await isInstalling(run));
    const [moments, end] = [await run.moments(), await run.end()];
    const hasLog = (await files.stat(run.installerLog)) !== null;
    const log = hasLog ? run.installerLog : run.helperLog;
    return { plan, moment: moments.at(-1) ?? null, busy, end, whole: installer.whole, log };
  }

  /** Returns when the helper has shown itself, or has ended. */
  async function isAtWork(run: RunFolder, ended: Promise<void>): Promise<void> {
    const state = { over: false };
    void ended.then(() => (state.over = true));
    for (let waited = 0; waited < STARTS_WITHIN_MS && !state.over; waited += LOOK_EVERY_MS) {
      if ((await run.moments()).length > 0) return;
      await sleep(clock, LOOK_EVERY_MS);
    }
  }

  return {
    async stage(runKey, image, signal) {
      const run = runOf(runKey);
      await files.ensureFolder(run.path);
      await copyOf(files, image, run.packagePath, signal);
      await installer.check(run.packagePath);
    },
    async start(plan: InstallPlan) {
      const run = runOf(plan.runKey);
      if (await run.plan()) return;
      await files.ensureFolder(run.path);
      await run.keepPlan(plan);
      const { ended } = ports.spawn(run);
      await isAtWork(run, ended);
    },
    async abandon(runKey) {
      const run = runOf(runKey);
      try {
        const free = ports.lock(run.path);
        const hasBegun = (await run.moments()).includes("installing");
        if (!hasBegun) await run.abandon();
        free();
        return !hasBegun;
      } catch (error) {
        if (isFault(error, "INSTANCE_RUNNING")) return false;
        throw error;
      }
    },
    look: (runKey) => look(runOf(runKey)),
    async open() {
      const found: Traces[] = [];
      for (const runKey of await files.list(folder)) {
        const run = runOf(runKey);
        const traces = (await run.isConcluded()) || (await run.isAbandoned()) ? null : await look(run);
        if (traces) found.push(traces);
      }
      return found;
    },
    async conclude(runKey) {
      const run = runOf(runKey);
      if (!(await run.plan())) return files.remove(run.path);
      await run.conclude();
      await files.remove(run.packagePath);
    },
    reboot: ports.reboot,
  };
}

/** The package, out of the cache and proved once more on its way, to where nobody pushes it out. */
async function copyOf(files: Files, image: StagedImage, path: string, signal: AbortSignal): Promise<void> {
  const file = await files.open(path, "write");
  try {
    let at = 0;
    for await (const part of image.body().chunks()) {
      signal.throwIfAborted();
      await file.write(part, at);
      at += part.length;
    }
    await file.truncate(at);
    await file.sync();
  } catch (error) {
    throw fullDisk(error);
  } finally {
    await file.close();
  }
}

export function fullDisk(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === "ENOSPC" || code === "EDQUOT"
    ? new Fault("SERVER_DISK_FULL", { reason: code }, { cause: error })
    : error;
}
