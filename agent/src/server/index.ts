/** ACS Pro servers on the agent's side: what a host tells, how packages get onto it, and the jobs that see to it. */
export { createServerJobs, type ServerJobs } from "./jobs.ts";
export { endOfExit, EXIT_CODES, refusedEnd, type Ended } from "./install/exit-codes.ts";
export { runHelper, type HelperJournal, type HelperPorts, type Installer } from "./install/helper.ts";
export type * from "./ports.ts";
export { serverSettings, type ServerSettings } from "./settings.ts";
export { serverShelf, type ServerShelf } from "./shelf.ts";
export { usual, type Usual } from "./usual.ts";
