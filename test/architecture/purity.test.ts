import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { expect, test } from "vitest";
import { ARROWS, CORES } from "./house.ts";
import { coreFiles } from "./rules.ts";
import { sourceTree } from "./source-tree.ts";

/**
 * The world proves something about the product because both run the same code, and it proves the same on every
 * machine because that code reaches for nothing of the machine. Here each core is judged as it stands, and with every
 * forbidden thing planted in one of its real files.
 */

const root = fileURLToPath(new URL("../..", import.meta.url));
const tree = sourceTree(root, Object.keys(ARROWS));

const BANS = ["no-restricted-globals", "no-restricted-syntax", "@typescript-eslint/no-restricted-imports"];

/** As the repository is linted, by these rules alone. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [tseslint.configs.disableTypeChecked],
  ruleFilter: ({ ruleId }) => BANS.includes(ruleId),
});

/** What the bans say, line by line. */
async function banned(text: string, filePath: string): Promise<Map<number, string>> {
  const [result] = await eslint.lintText(text, { filePath: join(root, filePath) });
  const fatal = result?.messages.find(({ fatal }) => fatal);
  if (fatal) throw new Error(`${filePath} cannot be linted: ${fatal.message}`);
  return new Map(result?.messages.map(({ line, message }) => [line, message]));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

test("no file of a core reaches for a real clock, timer, chance, socket or file", async () => {
  const files = coreFiles(tree, CORES);
  expect(files.length).toBeGreaterThan(250);
  const verdicts = await Promise.all(
    files.map(async (path) => [...(await banned(read(path), path))].map(([line]) => `${path}:${line}`)),
  );
  expect(verdicts.flat()).toEqual([]);
}, 120_000);

const MODULES = [
  ...["child_process", "cluster", "dgram", "dns", "dns/promises", "fs", "fs/promises", "http", "http2"],
  ...[
    "https",
    "module",
    "net",
    "os",
    "perf_hooks",
    "process",
    "timers",
    "timers/promises",
    "tls",
    "worker_threads",
  ],
];

/** Each on a line of its own, with the name of what it reaches for. */
const PLANTS: readonly string[] = [
  "export const p1 = () => Date.now();",
  "export const p2 = () => new Date();",
  "export const p3 = () => Date();",
  "export const p4 = () => performance.now();",
  "export const p5 = (act: () => void) => setTimeout(act, 1);",
  "export const p6 = (act: () => void) => setInterval(act, 1);",
  "export const p7 = (act: () => void) => setImmediate(act);",
  "export const p8 = () => AbortSignal.timeout(1);",
  "export const p9 = () => Math.random();",
  "export const q1 = () => crypto.randomUUID();",
  "export const q2 = (into: Uint8Array) => crypto.getRandomValues(into);",
  'import { randomBytes as q3 } from "node:crypto"; q3(1);',
  'import { randomUUID as q4 } from "node:crypto"; q4();',
  'import * as q5 from "node:crypto"; q5.randomInt(1);',
  'import { generateKeyPairSync as q6 } from "node:crypto"; q6("ed25519");',
  "export const q7 = () => process.env.HOME;",
  "export const q8 = () => process.hrtime.bigint();",
  "export const q9 = () => fetch('http://127.0.0.1');",
  "export const r1 = () => new WebSocket('ws://127.0.0.1');",
  "export const r2 = (x: object) => new WeakRef(x);",
  "export const r3 = () => globalThis.setTimeout;",
  "export const { now: r4 } = Date;",
  "export const r0 = () => process.getBuiltinModule('node:fs');",
  'import { systemClock as r5 } from "@fyr/runtime"; r5.wall();',
  'import { systemFiles as r6 } from "@fyr/runtime"; r6.read("x");',
  'import { systemRandom as r7 } from "@fyr/runtime"; r7.next();',
  'import { newSigningKey as r8 } from "@fyr/certs"; r8();',
  ...MODULES.flatMap((name, at) => [
    `import * as s${at} from "node:${name}"; s${at};`,
    `import t${at} from "${name}"; t${at};`,
    `const u${at} = await import("node:${name}"); u${at};`,
    `export * from "node:${name}";`,
  ]),
];

/** The largest real file of each core. */
const SAMPLES = CORES.map((core): [core: string, file: string] => {
  const bySize = coreFiles(tree, [core]).sort((a, b) => read(b).length - read(a).length);
  return [core.path, bySize[0] ?? "none"];
});

test.each(SAMPLES)("in %s each thing that is forbidden is named: planted in %s", async (_core, file) => {
  const own = read(file).trimEnd();
  const first = own.split("\n").length + 1;
  const named = await banned([own, ...PLANTS, ""].join("\n"), file);
  expect(PLANTS.filter((_, at) => !named.has(first + at))).toEqual([]);
  expect([...named.keys()].filter((line) => line < first)).toEqual([]);
});

test("what waits for no clock is not forbidden", async () => {
  const code = "queueMicrotask(() => {}); new Date(0); Date.UTC(1970, 0); Math.floor(1);\n";
  expect([...(await banned(code, "hub/src/hub.ts")).values()]).toEqual([]);
});
