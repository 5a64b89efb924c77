import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** As the repository is linted, without types: so a file need not exist to be judged. */
const untyped = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
const typed = new ESLint({ cwd: root });

async function rulesBroken(eslint: ESLint, filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  const fatal = result?.messages.find(({ fatal }) => fatal);
  if (fatal) throw new Error(`${filePath} cannot be linted: ${fatal.message}`);
  return [...new Set(result?.messages.map(({ ruleId }) => ruleId ?? ""))];
}

const CORE = "agent/src/upgrade/planted.ts";
const IMPORTS = "@typescript-eslint/no-restricted-imports";

const BANS = [
  ["no-restricted-syntax", "export const now = () => Date.now();"],
  ["no-restricted-syntax", "export const now = () => new Date();"],
  ["no-restricted-syntax", "export const now = () => Date();"],
  ["no-restricted-syntax", "export const { now } = Date;"],
  ["no-restricted-syntax", "export const later = () => globalThis.setTimeout;"],
  ["no-restricted-syntax", "export const chance = () => Math.random();"],
  ["no-restricted-syntax", 'import { randomUUID } from "node:crypto"; export const id = () => randomUUID();'],
  ["no-restricted-syntax", 'import { randomBytes as b } from "node:crypto"; export const id = () => b(8);'],
  ["no-restricted-syntax", 'import * as c from "node:crypto"; export const id = () => c.randomBytes(8);'],
  ["no-restricted-syntax", "export const fill = (x: Uint8Array) => crypto.getRandomValues(x);"],
  ["no-restricted-syntax", "export const home = () => process.env.HOME;"],
  ["no-restricted-syntax", "export const { env } = process;"],
  ["no-restricted-syntax", "export const start = () => process.hrtime();"],
  ["no-restricted-syntax", "export const limit = () => AbortSignal.timeout(10);"],
  ["no-restricted-syntax", "export const text = (n: number) => n.toLocaleString();"],
  ["no-restricted-syntax", "export const order = (a: string, b: string) => a.localeCompare(b);"],
  ["no-restricted-syntax", 'export const sql = "select now()";'],
  [
    "no-restricted-syntax",
    "export const sql = (id: string) => `insert into t values (${id}, CURRENT_TIMESTAMP)`;",
  ],
  ["no-restricted-syntax", "export const sql = \"select datetime('now')\";"],
  ["no-restricted-globals", "export const start = () => performance.now();"],
  ["no-restricted-globals", "export const later = (act: () => void) => setTimeout(act, 10);"],
  ["no-restricted-globals", "export const often = (act: () => void) => setInterval(act, 10);"],
  ["no-restricted-globals", "export const soon = (act: () => void) => setImmediate(act);"],
  ["no-restricted-globals", "export const weak = (x: object) => new WeakRef(x);"],
  ["no-restricted-globals", "export const end = () => new FinalizationRegistry(() => {});"],
  ["no-restricted-globals", "export const get = () => fetch('http://127.0.0.1');"],
  ["no-console", "console.log('x');"],
  ["max-lines", Array.from({ length: 301 }, (_, at) => `export const x${at} = ${at};`).join("\n")],
] as const;

test.each(BANS)("%s is broken by %s", async (rule, code) => {
  expect(await rulesBroken(untyped, CORE, code)).toContain(rule);
});

const NODE_MODULES = [
  "node:fs",
  "fs",
  "node:fs/promises",
  "node:net",
  "node:http",
  "node:http2",
  "node:https",
  "node:tls",
  "node:dns",
  "node:dgram",
  "node:os",
  "node:child_process",
  "node:worker_threads",
  "node:timers",
  "node:timers/promises",
  "node:perf_hooks",
  "node:process",
];

test.each(NODE_MODULES)("a core may not import %s", async (name) => {
  const code = `import * as it from "${name}"; export const x = it;`;
  expect(await rulesBroken(untyped, CORE, code)).toEqual([IMPORTS]);
});

test.each(["systemClock", "systemFiles", "systemRandom"])("a core may not make itself a %s", async (name) => {
  const code = `import { ${name} } from "@fyr/runtime"; export const x = ${name};`;
  expect(await rulesBroken(untyped, CORE, code)).toEqual([IMPORTS]);
  expect(await rulesBroken(untyped, "agent/src/main.ts", code)).toEqual([]);
  expect(await rulesBroken(untyped, "agent/src/cli/planted.ts", code)).toEqual([]);
});

const KEPT = [
  ["@peculiar/x509", "hub/src/http/planted.ts"],
  ["node-forge", "agent/src/main.ts"],
  ["reflect-metadata", "test/e2e/planted.test.ts"],
  ["@tufjs/models", "agent/src/upgrade/planted.test.ts"],
  ["@peculiar/asn1-schema", "hub/src/pki/planted.ts"],
  ["tuf-js", "certs/src/planted.ts"],
  ["tuf-js", "agent/src/planted.test.ts"],
];

test.each(KEPT)("%s stays out of %s", async (name, file) => {
  expect(await rulesBroken(untyped, file, `import "${name}";`)).toContain(IMPORTS);
});

const ALLOWED = [
  ["runtime/src/planted.ts", "export const now = () => Date.now();"],
  ["agent/src/main.ts", "export const home = () => process.env.HOME;"],
  ["hub/src/fleet/planted.test.ts", "setTimeout(() => {}, 1);"],
  ["test/e2e/planted.ts", "export const now = () => new Date();"],
  ["hub/src/http/planted.ts", 'import { createServer } from "node:https"; export const s = createServer();'],
  ["agent/src/cli/planted.ts", 'import { readFileSync } from "node:fs"; export const f = readFileSync;'],
  ["certs/src/planted.ts", 'import "reflect-metadata";'],
  ["certs/src/planted.test.ts", 'import "tuf-js";'],
  [CORE, 'import { isIP } from "node:net"; export const ok = (x: string) => isIP(x) === 4;'],
  [CORE, 'import type { Socket } from "node:net"; export type S = Socket;'],
  [CORE, 'import { createHash } from "node:crypto"; export const hash = () => createHash("sha256");'],
  [CORE, "export const at = (ms: number) => new Date(ms).toISOString();"],
] as const;

test.each(ALLOWED)("%s may hold %s", async (file, code) => {
  expect(await rulesBroken(untyped, file, code)).toEqual([]);
});

test("an edge may import what its entry names and nothing else", async () => {
  const code = 'import { spawn } from "node:child_process"; export const x = spawn;';
  expect(await rulesBroken(untyped, "hub/src/http/planted.ts", code)).toEqual([IMPORTS]);
});

const TYPED = [
  ["@typescript-eslint/no-floating-promises", "Promise.resolve(1);"],
  [
    "@typescript-eslint/no-misused-promises",
    "export const all = (act: (f: () => void) => void) => act(async () => {});",
  ],
  ["@typescript-eslint/await-thenable", "export const x = async () => await 1;"],
  [
    "@typescript-eslint/switch-exhaustiveness-check",
    'export const x = (s: "a" | "b") => { switch (s) { case "a": return 1; } return 2; };',
  ],
  [
    "@typescript-eslint/consistent-type-imports",
    'import { z } from "zod"; export const x = (s: z.ZodType) => s;',
  ],
  ["@typescript-eslint/no-explicit-any", "export const x = (y: any) => [y];"],
  ["@typescript-eslint/no-non-null-assertion", "export const x = (y: string | undefined) => y!;"],
] as const;

test.each(TYPED)("%s is broken by %s", async (rule, code) => {
  expect(await rulesBroken(typed, "protocol/src/index.ts", code)).toContain(rule);
});
