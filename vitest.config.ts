import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

const long = process.env.FYR_LONG === "1";

/** Workspaces are tested from their sources, never from an old build. */
const conditions = ["source", "module", "node", "development|production"];
const externalConditions = ["source", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions } },
  // Where the global set-up runs.
  environments: { __vitest__: { resolve: { conditions, externalConditions } } },
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: long ? 600_000 : 30_000,
    hookTimeout: 60_000,
    globalSetup: ["scripts/postgres-for-tests.ts"],
    server: { deps: { inline: [/^@fyr\//] } },
    // Node otherwise warns on every worker start about what the pinned version calls experimental.
    execArgv: ["--conditions=source", "--disable-warning=ExperimentalWarning"],
  },
});
