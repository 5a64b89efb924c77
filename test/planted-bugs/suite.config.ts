import type { ViteUserConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** As the repository's own tests are run, but one at a time and without a PostgreSQL: for runs inside a copy. */
const config: ViteUserConfig = {
  ...base,
  test: { ...base.test, globalSetup: [], provide: { postgresUrl: "" }, maxWorkers: 1 },
};

export default config;
