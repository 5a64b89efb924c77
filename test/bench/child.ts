import { spawn } from "node:child_process";
import { once } from "node:events";
import { bundle } from "./bundle.ts";

/** A program of `subjects/`, bundled once and run as often as wanted, each time in a process of its own. */
export interface Subject {
  /** Runs it to its end, or to the SIGKILL that it gives itself, and reads the JSON that it printed. */
  run<T>(...args: string[]): Promise<T>;
  remove(): Promise<void>;
}

export async function subject(name: string): Promise<Subject> {
  const { file, remove } = await bundle(new URL(`subjects/${name}.ts`, import.meta.url));
  return { run: (...args) => runFile(file, args), remove };
}

async function runFile<T>(file: string, args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, ["--expose-gc", file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`${file} ended with ${code}`);
  return JSON.parse(text) as T;
}
