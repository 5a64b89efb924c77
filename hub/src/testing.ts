/** A hub and sites for others' tests and for the simulated world: no sockets, no time of their own. */
export { accountDoubles } from "./testing/accounts.ts";
export { memoryStore, testHub, type TestHub, type TestHubOptions } from "./testing/hub.ts";
export { browser, type Credentials } from "./testing/browser.ts";
export { FOUNDER, FOUNDER_ACTOR, ownerOf } from "./testing/members.ts";
export { organisationRecord } from "./testing/records.ts";
export { createHub } from "./hub.ts";
export { licenceFiles } from "./licences/licence-files.ts";
export { exportSigner } from "./exports/keys.ts";
export { refusal, toFault } from "./http/problem.ts";
export { openStore, type HubStore } from "./store/store.ts";
export { ledgerBench, type LedgerBench } from "./testing/licence-bench.ts";
export { blankHubImage, storeOver } from "./testing/store-over.ts";
export { CHANNEL, enrol, enrolRequest, siteOf, testSite, type TestSite } from "./testing/site.ts";
export { deviceReport, inventoryHash, serialOf } from "./testing/device.ts";
export { jobOf, type TestJob } from "./testing/job.ts";
/** The hub's commands, for a process that a test makes of them. */
export { clearWords, createProgram } from "./cli/program.ts";
/** Holds a change to its one audit entry. */
export { leavesOneEntry, watchedStore, type LeftEntry, type WatchedStore } from "./testing/one-entry.ts";
