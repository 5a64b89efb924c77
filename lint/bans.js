/**
 * What would make a run depend on the machine instead of on what was handed in: real time, real
 * chance, the process's environment, the disk and the network. Time and chance come through the
 * ports of `@fyr/runtime`; the disk and the network stay in the files that `allow.js` names.
 */

const ports = "Take Clock, Random, Ids, Files or Http of @fyr/runtime as a parameter.";

export const globals = [
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "WeakRef",
  "FinalizationRegistry",
  "fetch",
  "WebSocket",
  "EventSource",
].map((name) => ({ name, message: ports }));

const chance =
  "/^(randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues|pseudoRandomBytes)$/";
const keys = "/^generate(Key|KeyPair|Prime)(Sync)?$/";
const byLocale = "/^(toLocale(String|DateString|TimeString|LowerCase|UpperCase)|localeCompare)$/";
const databaseTime = "/(\\b(now|random)\\(\\)|\\bcurrent_(timestamp|time|date)\\b|'now')/i";

/** @param {string} selector @param {string} what @param {string} instead */
const ban = (selector, what, instead = ports) => ({ selector, message: `${what}. ${instead}` });

/** New keys are chance too; `allow.js` names the files that make them. */
export const keyChance = [
  ban(`MemberExpression[property.name=${keys}]`, "This draws a real key"),
  ban(
    `ImportDeclaration[source.value=/crypto$/] > ImportSpecifier[imported.name=${keys}]`,
    "This draws a real key",
  ),
];

export const syntax = [
  ban("NewExpression[callee.name='Date'][arguments.length=0]", "new Date() reads the host's clock"),
  ban("CallExpression[callee.name='Date']", "Date() reads the host's clock"),
  ban("MemberExpression[object.name='Date'][property.name='now']", "Date.now reads the host's clock"),
  ban("MemberExpression[object.name='Math'][property.name='random']", "Math.random cannot be repeated"),
  ban(`MemberExpression[property.name=${chance}]`, "This draws real chance"),
  ban(`ImportSpecifier[imported.name=${chance}]`, "This draws real chance"),
  ban(
    "MemberExpression[object.name='process'][property.name=/^(env|hrtime|nextTick|uptime|getBuiltinModule)$/]",
    "Settings are read once, in main.ts, and time comes from the clock",
  ),
  ban(
    "MemberExpression[object.name='AbortSignal'][property.name='timeout']",
    "Use deadline() of the runtime",
  ),
  ban("MemberExpression[object.name='globalThis']", "Globals are not reached by a detour"),
  ban(
    "VariableDeclarator[init.name=/^(Date|Math|crypto|process|AbortSignal)$/] > ObjectPattern",
    "Globals are not reached by a detour",
  ),
  ban(
    `MemberExpression[property.name=${byLocale}]`,
    "The result depends on the host's language",
    "Compare with < and format with Intl and a named locale.",
  ),
  ban(
    `Literal[value=${databaseTime}]`,
    "The database's clock and chance are not ours",
    "Pass the value in as a parameter.",
  ),
  ban(
    `TemplateElement[value.raw=${databaseTime}]`,
    "The database's clock and chance are not ours",
    "Pass the value in as a parameter.",
  ),
];

/** Modules that carry time, chance or the environment; the runtime alone imports them. */
export const timeModules = ["timers", "timers/promises", "perf_hooks", "process"];

/** Modules that reach the disk, the network or other processes; `allow.js` says who may. */
export const edgeModules = [
  "fs",
  "fs/promises",
  "net",
  "http",
  "http2",
  "https",
  "tls",
  "dns",
  "dns/promises",
  "dgram",
  "os",
  "child_process",
  "cluster",
  "worker_threads",
  "module",
];

/** The rule against imports does not see `import()`: an edge has no need of it, a core must not have it. */
export const lateImports = ban(
  `ImportExpression > Literal[value=/^(node:)?(${[...edgeModules, ...timeModules].join("|").replaceAll("/", ".")})$/]`,
  "Modules of Node are imported at the top",
);

/** What makes things real, by the workspace that offers it. */
export const realThings = {
  "@fyr/runtime": ["systemClock", "systemFiles", "systemRandom"],
  "@fyr/certs": ["generateKey", "newSigningKey", "systemAgentKeys"],
};

/** What these modules offer that touches nothing: questions about the text of an address. */
export const pureNames = ["isIP", "isIPv4", "isIPv6", "BlockList"];

/** Packages that one workspace keeps from the others, with the reason. */
export const keptPackages = [
  {
    packages: [
      "@peculiar/asn1-csr",
      "@peculiar/asn1-schema",
      "@peculiar/asn1-x509",
      "@peculiar/x509",
      "node-forge",
      "reflect-metadata",
    ],
    workspaces: ["certs"],
    inTestsOnly: false,
    message: "Certificates are made and read in certs alone (docs/dependencies.md).",
  },
  {
    packages: ["@tufjs/models", "@tufjs/canonical-json"],
    workspaces: ["certs"],
    inTestsOnly: false,
    message: "Image metadata is made and read in certs alone (docs/dependencies.md).",
  },
  {
    packages: ["tuf-js"],
    workspaces: ["certs", "test"],
    inTestsOnly: true,
    message: "tuf-js is the foreign judge of our metadata and no part of the product.",
  },
];
