import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A program as it ships: one file (performance.md 7, rule 10), native modules beside it. */
export interface Bundle {
  readonly file: string;
  remove(): Promise<void>;
}

/** CommonJS inside an ES module bundle still asks for `require`. */
const BANNER = `import { createRequire as fyrRequire } from "node:module"; const require = fyrRequire(import.meta.url);`;

/** Bundles an entry point below the repository, so that what stays outside is found in its node_modules. */
export async function bundle(entry: URL): Promise<Bundle> {
  const folder = await mkdtemp(fileURLToPath(new URL("../../node_modules/.bench-", import.meta.url)));
  const file = join(folder, "program.mjs");
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    conditions: ["source"],
    external: ["better-sqlite3", "@node-rs/argon2", "pino-pretty", "pg-native"],
    banner: { js: BANNER },
    minify: true,
    logLevel: "error",
  });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
