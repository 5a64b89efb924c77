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
export const MAY_REQUIRE_NODE = /\/main\.ts$|^scripts\//;

export interface Core {
  readonly folder: string;
  /** Packages that it may use, directly or by what it imports; none of them touches the outside. */
  readonly packages: readonly string[];
  /** The same for modules of Node. */
  readonly modules: readonly string[];
}

/** Reckoning with what was handed in: bytes, paths as text, hashes. */
const RECKONING = ["node:buffer", "node:crypto", "node:path", "node:path/posix"];

const core = (folder: string, packages: readonly string[] = []): Core => ({
  folder,
  packages: ["zod", ...packages],
  modules: RECKONING,
});

/**
 * Where decisions are made: values in, values out, abilities handed in. Neither a core nor anything
 * that it imports at run time reaches the outside. Tests in them are free.
 */
export const CORES: readonly Core[] = [
  { folder: "protocol/src", packages: ["zod"], modules: [] },
  core("agent/src/upgrade", ["p-queue"]),
  core("agent/src/inventory"),
  core("hub/src/enrolment"),
  core("hub/src/fleet"),
  core("hub/src/organisations"),
  core("hub/src/releases"),
  core("hub/src/upgrades"),
];
