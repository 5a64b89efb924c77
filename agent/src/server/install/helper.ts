import { isFault, type HelperMoment } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { InstallEnd, InstallPlan, RefusalCode } from "../ports.ts";
import { refusedEnd, type Ended } from "./exit-codes.ts";

/** One kind of package and how it gets onto a host. */
export interface Installer {
  readonly kind: "msi" | "bundle";
  /** Put in place whole or not at all: after a cut it may be begun again. */
  readonly whole: boolean;
  /**
   * Whether the package, at its place in the run's folder, may be installed at all. Changes nothing of the server.
   *
   * @throws Fault `PACKAGE_PUBLISHER`, `PACKAGE_INVALID`, `INSTALLER_MISSING`, `SERVER_DISK_FULL`
   */
  check(packagePath: string): Promise<void>;
  /** Installs and waits for the end, however long. @throws Fault with a `RefusalCode` */
  install(packagePath: string, plan: InstallPlan): Promise<Ended>;
  /** Puts the backup of the plan back, and what ran with it. May be begun again after a cut. @throws Fault as `install` */
  restore(plan: InstallPlan): Promise<Ended>;
}

/** The helper's own journal: one file per run, each line on the disk before what it names is done. */
export interface HelperJournal {
  moments(): Promise<readonly HelperMoment[]>;
  note(moment: HelperMoment): Promise<void>;
  end(): Promise<InstallEnd | null>;
  keepEnd(end: InstallEnd): Promise<void>;
}

export interface HelperPorts {
  readonly journal: HelperJournal;
  readonly installer: Installer;
  readonly packagePath: string;
  readonly reboot: () => Promise<void>;
  readonly log: Logger;
}

const REFUSALS: readonly RefusalCode[] = [
  "INSTALLER_MISSING",
  "INSTALLER_FAILED",
  "PACKAGE_PUBLISHER",
  "PACKAGE_INVALID",
  "SERVER_DISK_FULL",
  "SERVER_RESTORE_FAILED",
  "SERVER_RESTORE_BY_HAND",
];

/**
 * Installs a package: the whole life of a helper, which nobody stops. The caller holds the lock of the run, so two are
 * never at work for one; a run in which an installer was started before is left to whoever looks at the host.
 */
export async function runHelper(plan: InstallPlan, ports: HelperPorts): Promise<void> {
  const { journal, log } = ports;
  if (await journal.end()) return;
  if ((await journal.moments()).includes("installing")) return;
  await journal.note("ready");
  await journal.note("installing");
  const { end, bootHost } = await install(plan, ports);
  log.info({ end }, "installer ended");
  await journal.keepEnd(end);
  await journal.note(end.kind === "refused" ? "refused" : end.reboot ? "rebooting" : "installed");
  if (bootHost) await ports.reboot();
}

async function install(plan: InstallPlan, { installer, packagePath, log }: HelperPorts): Promise<Ended> {
  try {
    return plan.act === "restore"
      ? await installer.restore(plan)
      : await installer.install(packagePath, plan);
  } catch (error) {
    log.error({ error }, "installer broke off");
    const other = plan.act === "restore" ? "SERVER_RESTORE_FAILED" : "INSTALLER_FAILED";
    const code = REFUSALS.find((each) => isFault(error, each)) ?? other;
    return refusedEnd(code, error instanceof Error ? reasonOf(error) : String(error));
  }
}

const reasonOf = (error: Error): string =>
  isFault(error) ? JSON.stringify({ code: error.code, ...error.details }) : error.message;
