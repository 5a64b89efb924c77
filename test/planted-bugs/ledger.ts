import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { cleanEnv } from "./suite.ts";

const Verdicts = z.record(
  z.string(),
  z.object({ broken: z.array(z.string()), error: z.string().optional(), ms: z.number() }),
);

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

async function runAll(): Promise<z.infer<typeof Verdicts>> {
  const args = ["--conditions=source", "--import", "tsx", "test/planted-bugs/ledger-main.ts"];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: cleanEnv(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (said.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said.stderr += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`no verdict on the ledger's bugs:\n${said.stderr.slice(-2_000)}`);
  return Verdicts.parse(JSON.parse(said.stdout.trim().split("\n").at(-1) ?? ""));
}

let all: ReturnType<typeof runAll> | undefined;

/** What the ledger's histories and race say is broken with a bug, or without any: all bugs are run at once. */
export async function brokenInLedger(bug: string): Promise<string[]> {
  const found = (await (all ??= runAll()))[bug];
  if (!found) throw new Error(`nothing was run with ${bug}`);
  if (found.error !== undefined) throw new Error(`with ${bug || "no bug"}: ${found.error}`);
  return found.broken;
}
