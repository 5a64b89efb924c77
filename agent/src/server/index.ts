/** ACS Pro servers on the agent's side: what a host tells, how packages get onto it, and the jobs that see to it. */
export { createServerJobs, type ServerJobs } from "./jobs.ts";
export { endOfExit, EXIT_CODES, refusedEnd, type Ended } from "./install/exit-codes.ts";
export { runHelper, type HelperJournal, type HelperPorts, type Installer } from "./install/helper.ts";
export type * from "./ports.ts";
export { createServer, type RunningServer } from "./server.ts";
export { createReports, lastSeen, type RunningReports } from "./reports.ts";
export { serverSettings, type ServerSettings } from "./settings.ts";
export { serverShelf, type ServerShelf } from "./shelf.ts";
export { usual, type Usual } from "./usual.ts";
export {
  bundleInstaller,
  releaseOf,
  type BundlePorts,
  type DataPlace,
  type ServiceControl,
  type ServicePlace,
} from "./install/bundle.ts";
export {
  readInfo,
  unpackBundle,
  BUNDLE_LIMITS,
  type BundleFile,
  type BundleInfo,
  type BundleSink,
} from "./install/archive.ts";
export {
  authenticode,
  msiArguments,
  msiInstaller,
  type PublisherCheck,
  type RunProgram,
} from "./install/msi.ts";
