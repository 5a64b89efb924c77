import type { TestProject } from "vitest/node";
import { type Postgres, startPostgres } from "@fyr/runtime/testing";

/**
 * Gives every test run one real PostgreSQL. Tests take a database of their own in it with
 * `testDatabase()` of `@fyr/runtime/testing`. Where it cannot run, those tests are skipped, and
 * `npm test` counts a skip as a failure in CI. None is started when `FYR_TEST_POSTGRES` says `none`.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let server: Postgres | undefined;
  try {
    if (process.env.FYR_TEST_POSTGRES !== "none") server = await startPostgres();
  } catch (error) {
    project.vitest.logger.warn(`Tests on PostgreSQL are skipped: ${String(error)}`);
  }
  project.provide("postgresUrl", server?.url ?? "");
  return async () => server?.stop();
}
