import { join } from "node:path";
import { isFault } from "@fyr/protocol";
import { sleep, type Clock, type Files, type Logger } from "@fyr/runtime";
import type { ServerHost } from "../agent.ts";
import {
  authenticode,
  bundleInstaller,
  msiInstaller,
  runHelper,
  type HostProbe,
  type Installer,
  type Maybe,
} from "../server/index.ts";
import { hostService } from "./control.ts";
import { dataPlace } from "./data-place.ts";
import { createDesk } from "./desk.ts";
import { hostFile, linuxProbe } from "./linux-probe.ts";
import { runFolder, type RunFolder } from "./runs.ts";
import { WINDOWS_DATA, windowsProbe } from "./windows-probe.ts";
import { hostLoad } from "./wire/load.ts";
import { localJson } from "./wire/local-http.ts";
import { servicePlace } from "./wire/place.ts";
import { programRunner, type Env } from "./wire/run-program.ts";
import { isRunning, spawnDetached, type HelperCommand } from "./wire/spawn-helper.ts";

/** The settings of the agent that are about the server on its host. */
export interface HostSettings {
  readonly dataDir: string;
  readonly serverProbe: "none" | "simulated" | "linux" | "windows";
  readonly serverRoot: string;
  readonly serverService: string;
  readonly serverPublisher: string;
  readonly serverMsiexec: string;
}

export interface HostPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
  readonly hostName: string;
  readonly env: Env;
  /** Takes the lock of a folder. @throws Fault `INSTANCE_RUNNING` */
  readonly lock: (folder: string) => () => void;
}

/** One kind of host: how it is asked, how packages get onto it, and how it boots. */
interface HostKind {
  readonly probe: HostProbe;
  readonly installerFor: (run: Pick<RunFolder, "installerLog" | "keepInstaller">) => Installer;
  readonly reboot: () => Promise<void>;
}

const BOOT_WARNING_S = "5";

async function kindOf(ports: HostPorts, settings: HostSettings): Promise<HostKind> {
  const { clock, files, log } = ports;
  const load = hostLoad();
  if (settings.serverProbe === "windows") return windowsKind(ports, settings, load);
  const root = settings.serverRoot;
  const system = { clock, files, run: programRunner(ports.env), json: localJson };
  const service = hostService(await hostFile(files, root), system);
  return {
    probe: linuxProbe(root, { clock, files, json: localJson, service, load }),
    installerFor: () =>
      bundleInstaller({ place: servicePlace(root), data: dataPlace(files, root), service, log }),
    reboot: () => service.reboot(),
  };
}

function windowsKind(ports: HostPorts, settings: HostSettings, load: ReturnType<typeof hostLoad>): HostKind {
  const { clock, files, hostName } = ports;
  const run = programRunner(ports.env);
  const { dataDir, serverRoot, serverService, serverPublisher: publisher, serverMsiexec: msiexec } = settings;
  const places = {
    data: serverRoot === "" ? WINDOWS_DATA : serverRoot,
    backups: join(dataDir, "server", "backups"),
    service: serverService === "" ? null : serverService,
  };
  const probe = windowsProbe(places, { clock, files, run, load, hostName });
  return {
    probe,
    installerFor: ({ installerLog, keepInstaller }) =>
      msiInstaller({
        run,
        publishers: authenticode(run, "powershell.exe"),
        ...{ publisher, msiexec },
        logPath: () => installerLog,
        onStart: (pid, { bootId }) => void keepInstaller(pid, bootId),
      }),
    async reboot() {
      await run("shutdown.exe", ["/r", "/t", BOOT_WARNING_S]);
    },
  };
}

/**
 * The host of this agent's server; null where there is none.
 *
 * @param helper how this program is started as a helper for the run in a folder
 * @throws Fault `SERVER_UNREADABLE`
 */
export async function openHost(
  ports: HostPorts,
  settings: HostSettings,
  helper: (folder: string) => HelperCommand,
): Promise<ServerHost | null> {
  if (settings.serverProbe === "none") return null;
  const { clock, files, log, lock } = ports;
  const kind = await kindOf(ports, settings);
  const folder = join(settings.dataDir, "server", "runs");
  await files.ensureFolder(folder);
  const nothing = { installerLog: join(folder, "none"), keepInstaller: () => Promise.resolve() };
  const desk = createDesk(
    {
      ...{ clock, files, log, lock, isRunning },
      installer: kind.installerFor(nothing),
      bootId: (): Promise<Maybe<string>> => kind.probe.bootId(),
      reboot: kind.reboot,
      spawn: (run) => spawnDetached(helper(run.path), run.helperLog),
    },
    folder,
  );
  return { host: kind.probe, desk };
}

/**
 * The whole life of a helper process: installs what the run's folder says, once, whoever else is started for it. Returns
 * without a deed when another holds the lock, or when it was given up.
 *
 * @throws Fault `INSTANCE_RUNNING`
 */
export async function helpRun(ports: HostPorts, settings: HostSettings, folder: string): Promise<void> {
  const { clock, files, log, lock } = ports;
  const run = runFolder(files, folder);
  const free = await patiently(clock, () => lock(folder));
  try {
    const plan = await run.plan();
    if (!plan || (await run.isAbandoned())) return;
    const kind = await kindOf(ports, settings);
    const installer = kind.installerFor(run);
    await runHelper(plan, {
      journal: run,
      installer,
      packagePath: run.packagePath,
      reboot: kind.reboot,
      log,
    });
  } finally {
    free();
  }
}

const LOCK_TRIES = 20;
const LOCK_EVERY_MS = 250;

/** An agent that looks whether the lock is free holds it for a moment itself. */
async function patiently(clock: Clock, lock: () => () => void): Promise<() => void> {
  for (let tries = 1; ; tries++) {
    try {
      return lock();
    } catch (error) {
      if (!isFault(error, "INSTANCE_RUNNING") || tries >= LOCK_TRIES) throw error;
    }
    await sleep(clock, LOCK_EVERY_MS);
  }
}
