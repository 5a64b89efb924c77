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
  /\.test\.ts$|\/testing(\.ts|\/)|^(simulator|test|scripts)\/|^\w+\/test\//;

/** The check of the runtime's version, for the files that a process starts with. */
export const MAY_REQUIRE_NODE = /\/main\.ts$|^scripts\//;

export interface Core {
  readonly folder: string;
  /** Packages besides zod that touch nothing outside the process. */
  readonly packages: readonly string[];
  /** Modules of Node that touch nothing outside the process. */
  readonly modules: readonly string[];
  /** Folders of the same workspace that do I/O: they are handed in, never imported. */
  readonly edges: readonly string[];
  /** Files in the folder that translate for an edge, as the design names them. */
  readonly except?: RegExp;
}

const HUB_EDGES = ["hub/src/http", "hub/src/mqtt", "hub/src/store", "hub/src/cli"];
const AGENT_EDGES = ["agent/src/store", "agent/src/cli", "agent/src/vapix/wire", "agent/src/link/wire"];
const HASHES = ["node:crypto"];

/** Where decisions are made: values in, values out, and abilities handed in. Tests in them are free. */
export const CORES: readonly Core[] = [
  { folder: "protocol/src", packages: [], modules: [], edges: [] },
  { folder: "agent/src/upgrade", packages: ["p-queue"], modules: HASHES, edges: AGENT_EDGES },
  { folder: "agent/src/inventory", packages: [], modules: HASHES, edges: AGENT_EDGES },
  { folder: "hub/src/organisations", packages: [], modules: HASHES, edges: HUB_EDGES },
  { folder: "hub/src/fleet", packages: [], modules: HASHES, edges: HUB_EDGES },
  { folder: "hub/src/releases", packages: [], modules: HASHES, edges: HUB_EDGES },
  { folder: "hub/src/upgrades", packages: [], modules: HASHES, edges: HUB_EDGES },
];
