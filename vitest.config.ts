import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

const long = process.env.FYR_LONG === "1";

/** Workspaces are tested from their sources, never from an old build. */
const conditions = ["source", "module", "node", "development|production"];
const externalConditions = ["source", "node"];

/** What plays with whole processes, worlds and disks. */
const WHOLE = "test/**/*.test.ts";
const NEVER = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions } },
  // Where the global set-up runs.
  environments: { __vitest__: { resolve: { conditions, externalConditions } } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: long ? 600_000 : 30_000,
    hookTimeout: 60_000,
    globalSetup: ["scripts/postgres-for-tests.ts"],
    server: { deps: { inline: [/^@fyr\//] } },
    // Node otherwise warns on every worker start about what the pinned version calls experimental.
    execArgv: ["--conditions=source", "--disable-warning=ExperimentalWarning"],
    projects: [
      { extends: true, test: { name: "whole", include: [WHOLE], exclude: NEVER } },
      // Two processes for all of them: loading the sources anew for each file costs minutes.
      {
        extends: true,
        test: { name: "parts", include: ["**/*.test.ts"], exclude: [...NEVER, WHOLE], isolate: false },
      },
    ],
  },
});
