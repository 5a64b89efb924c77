import type { Clock, Logger } from "@fyr/runtime";
import type { ImageCache, Jobs, Probe, ServerReports, SiteTime, StateStore, Trust } from "../ports.ts";
import { bothJobs } from "./both-jobs.ts";
import { createServerJobs, type ServerJobs } from "./jobs.ts";
import type { HostProbe, InstallDesk, RecordedDevice } from "./ports.ts";
import { createReports } from "./reports.ts";
import { serverSettings } from "./settings.ts";
import { serverShelf } from "./shelf.ts";
import { usual } from "./usual.ts";

/** What the agent gives to the server on its host. */
export interface ServerNeeds {
  readonly clock: Clock;
  readonly log: Logger;
  readonly state: StateStore;
  readonly siteTime: SiteTime;
  readonly trust: Pick<Trust, "verifyServer">;
  readonly cache: ImageCache;
  readonly probe: Probe;
}

/** The server on this host: it reports, and its upgrades are run. */
export interface RunningServer {
  readonly jobs: ServerJobs;
  readonly reports: ServerReports;
  /** Devices that it records. */
  recorded(): readonly RecordedDevice[];
  /** Its jobs and the site's as one. */
  beside(devices: Jobs): Jobs;
  start(): void;
  stop(): Promise<void>;
}

export function createServer(
  { state, ...needs }: ServerNeeds,
  { host, desk }: { readonly host: HostProbe; readonly desk: InstallDesk },
  speed: number,
): RunningServer {
  const { clock, log } = needs;
  const settings = serverSettings(speed);
  const shelf = serverShelf(state, log);
  const jobs = createServerJobs({
    ...needs,
    ...{ shelf, usual: usual(state, settings.usualMs), host, desk, settings },
  });
  const reports = createReports({ clock, log, store: state, host, jobs, settings });
  return {
    jobs,
    reports,
    recorded: reports.recorded,
    beside: (devices) => bothJobs(devices, jobs),
    start() {
      jobs.start();
      reports.start();
    },
    async stop() {
      await Promise.all([jobs.stop(), reports.stop()]);
    },
  };
}
