/** For tests: time that obeys, lines that do what bad lines do, a real database. */
export { fakeClock, type FakeClock } from "./fake-clock.ts";
export { postgresRuns, testDatabase, type TestDatabase } from "./test-database.ts";
export { type Direction, type LineFaults } from "./fault-line.ts";
export { type FaultProxy, faultProxy } from "./fault-proxy.ts";
export { type Postgres, startPostgres } from "./test-postgres.ts";
