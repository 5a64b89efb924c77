import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

export type Fields = Readonly<Record<string, unknown>>;

export interface Launch {
  /** As people call it: hub, agent. */
  readonly name: string;
  /** The program that is run, and what it is told: node and a script unless a shell stands before them. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Where everything that it says goes. */
  readonly logPath: string;
  /** Each line of JSON on its standard output. */
  readonly onLine?: (fields: Fields) => void;
}

export interface Program {
  readonly pid: number;
  /** The JSON line by which it said that it is ready. Rejects when it ended before. */
  readonly ready: Promise<Fields>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** @returns when it is gone */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

const running = new Set<ChildProcess>();
// A test run that is broken off leaves nothing behind.
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

function fieldsOf(line: string): Fields | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return undefined;
  }
}

/** Starts a process of the product. Only ever ended by its own id. */
export function launch({ name, command: [file, ...args], env, logPath, onLine }: Launch): Program {
  const child = spawn(file, args, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const log = createWriteStream(logPath, { flags: "a" });
  child.stderr.pipe(log, { end: false });
  const ready = Promise.withResolvers<Fields>();
  ready.promise.catch(() => {});
  createInterface({ input: child.stdout }).on("line", (line) => {
    const fields = fieldsOf(line);
    if (fields?.["ready"] === true) ready.resolve(fields);
    if (fields) onLine?.(fields);
  });
  const ended = new Promise<Awaited<Program["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      running.delete(child);
      log.end();
      ready.reject(new Error(`the ${name} ended before it was ready: ${signal ?? code}, see ${logPath}`));
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    ready: ready.promise,
    ended,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}
