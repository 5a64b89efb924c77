/** The house rules as data (design: which part may know which, and what is pure). */

/** What each workspace may import; `test` and `scripts` stand outside the product. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  runtime: ["protocol"],
  certs: ["protocol", "runtime"],
  agent: ["protocol", "runtime", "certs"],
  hub: ["protocol", "runtime", "certs"],
  simulator: ["protocol", "runtime", "certs", "agent"],
  test: ["protocol", "runtime", "certs", "agent", "simulator", "hub"],
  scripts: ["protocol", "runtime"],
};

/** Faces for others' tests; the simulator is one big double and may use them too. */
export const MAY_USE_TESTING_FACES =
  /\.(test|contract)\.ts$|\/testing(\.ts|\/)|^(simulator|test|scripts)\/|^\w+\/test\//;

/** The check of the runtime's version, for the files that a process starts with. */
export const MAY_REQUIRE_NODE = /\/(main|worker)\.ts$|^scripts\//;

export interface Core {
  /** A folder, or one file. */
  readonly path: string;
  /** Folders and files below `path` that are edges. */
  readonly without: readonly string[];
  /** Packages that it may use, directly or by what it imports; none of them touches the outside. */
  readonly packages: readonly string[];
  /** The same for modules of Node. */
  readonly modules: readonly string[];
}

/** Reckoning with what was handed in: bytes, paths as text, hashes. */
const RECKONING = ["node:buffer", "node:crypto", "node:path", "node:path/posix", "node:util", "node:zlib"];

const core = (path: string, allowed: Partial<Core> = {}): Core => ({
  path,
  without: (allowed.without ?? []).map((edge) => `${path}/${edge}`),
  packages: ["zod", ...(allowed.packages ?? [])],
  modules: [...RECKONING, ...(allowed.modules ?? [])],
});

const X509 = ["@peculiar/x509", "@peculiar/asn1-schema", "@peculiar/asn1-csr", "@peculiar/asn1-x509"];

/**
 * Where decisions are made: values in, values out, abilities handed in. Neither a core nor anything
 * that it imports at run time reaches the outside. Tests in them are free.
 */
export const CORES: readonly Core[] = [
  { path: "protocol/src", without: [], packages: ["zod"], modules: [] },
  core("certs/src/images", {
    packages: ["@tufjs/models", "@tufjs/canonical-json", "tar-stream"],
    modules: ["node:stream", "node:stream/promises"],
  }),
  // Of this module `isIP` alone, which lint sees to.
  core("certs/src/pki", { packages: [...X509, "reflect-metadata"], modules: ["node:net"] }),
  core("agent/src/agent.ts"),
  core("agent/src/cache"),
  core("agent/src/discovery", { without: ["wire"], packages: ["p-queue"] }),
  core("agent/src/inventory"),
  core("agent/src/link", { without: ["wire"] }),
  core("agent/src/reading.ts"),
  core("agent/src/server", { packages: ["p-queue", "tar-stream"], modules: ["node:stream"] }),
  core("agent/src/upgrade", { packages: ["p-queue"] }),
  core("agent/src/vapix", { without: ["wire"] }),
  core("agent/src/vault"),
  core("agent/src/version.ts"),
  core("hub/src/access"),
  core("hub/src/accounts", { without: ["argon2.ts"], packages: ["otplib"] }),
  core("hub/src/audit", { packages: ["csv-stringify"] }),
  core("hub/src/chain"),
  core("hub/src/enrolment"),
  core("hub/src/exports", { packages: ["csv-stringify"] }),
  core("hub/src/fleet"),
  core("hub/src/folders"),
  core("hub/src/hourly.ts"),
  core("hub/src/hub.ts", { packages: ["csv-stringify", "otplib"] }),
  core("hub/src/idempotency"),
  core("hub/src/invitations", { packages: ["otplib"] }),
  core("hub/src/live", { packages: ["otplib"] }),
  core("hub/src/licences", { packages: ["temporal-polyfill"] }),
  core("hub/src/mail", { without: ["smtp.ts"] }),
  core("hub/src/members", { packages: ["otplib"] }),
  core("hub/src/organisations"),
  core("hub/src/news"),
  core("hub/src/paging.ts"),
  core("hub/src/releases"),
  core("hub/src/servers", { packages: ["temporal-polyfill"] }),
  core("hub/src/service-accounts", { packages: ["otplib"] }),
  core("hub/src/store/group-commit.ts"),
  core("hub/src/upgrades"),
  core("hub/src/verify"),
  core("simulator/src/device", { packages: ["@fastify/busboy", "tar-stream"] }),
  core("simulator/src/host/host.ts", {
    packages: ["p-queue", "tar-stream"],
    modules: ["node:stream"],
  }),
  core("simulator/src/fleet", { without: ["memory.ts", "serve.ts"] }),
  core("simulator/src/loopback.ts"),
];

/** Where a simulated world is run; all that it runs hangs on this. */
export const WORLD = "test/world/sealed.ts";

const DOUBLES = "What the world is made of beside the product; the seal holds it while it runs.";

/** What the world reaches beside the cores, and why it is the same on every machine all the same. */
export const BESIDE_CORES: readonly { readonly path: string; readonly because: string }[] = [
  { path: "test/world", because: DOUBLES },
  { path: "certs/src/testing", because: DOUBLES },
  { path: "hub/src/testing", because: DOUBLES },
  {
    path: "hub/src/store",
    because:
      "Its statements run on a SQLite in memory, which knows no time and no chance that lint lets pass.",
  },
  { path: "agent/src/store", because: "The same; the disk under it is handed in." },
  {
    path: "hub/src/http/problem.ts",
    because: "How a fault is put into an answer; it imports nothing of Node.",
  },
  {
    path: "runtime/src/clock.ts",
    because:
      "Beside waiting by a clock that is handed in it holds the real one, which lint keeps for entry points.",
  },
  { path: "runtime/src/random.ts", because: "The same of chance." },
  { path: "runtime/src/ids.ts", because: "Reckons with a clock and chance that are handed in." },
  { path: "runtime/src/log.ts", because: "The log that says nothing." },
  { path: "runtime/src/secrets.ts", because: "Reckons with text." },
  { path: "runtime/src/config-error.ts", because: "An error and nothing else." },
];
