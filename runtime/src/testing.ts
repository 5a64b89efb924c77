/** Doubles for tests: time that obeys, chance that repeats. */
export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { postgresRuns, testDatabase, type TestDatabase } from "./test-database.ts";
export { type Direction, type LineFaults } from "./fault-line.ts";
export { type FaultProxy, faultProxy } from "./fault-proxy.ts";
export { type Postgres, startPostgres } from "./test-postgres.ts";
