import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

/** One process of the demo, as its command starts it. */
export interface ChildSpec {
  /** As people call it: hub, agent, site. */
  readonly name: string;
  /** Everything after the name of the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where everything that it says goes. */
  readonly logPath: string;
}

/** A process that did not start, or ended although nobody asked it to, in one line with its own reason. */
export class ChildFailed extends Error {
  override readonly name = "ChildFailed";
}

type Fields = Readonly<Record<string, unknown>>;

export interface End {
  readonly code: number | null;
  /** The last thing it said that could tell why. */
  readonly reason: string;
  /** Its last line of JSON that was no log line. */
  readonly said: Fields;
}

export interface Child {
  readonly pid: number;
  /** The JSON line by which it said that it is ready. */
  readonly ready: Promise<Fields>;
  /** Resolves when it is gone and all that it said was read. */
  readonly ended: Promise<End>;
  kill(signal: "SIGKILL" | "SIGTERM"): void;
}

function fieldsOf(line: string): Fields | undefined {
  if (!/^[[{]/.test(line)) return undefined;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return undefined;
  }
}

const WARNING = 40;
const NOISE = /^\s|^[\]}]|^Node\.js v|^$/;

/** A line that could tell why a process ended: a warning of its log, or plain words. */
export function reasonIn(line: string): string | undefined {
  const fields = fieldsOf(line);
  if (!fields) return NOISE.test(line) ? undefined : line.trim();
  if (typeof fields["level"] !== "number" || fields["level"] < WARNING) return undefined;
  const { msg, error } = fields as { msg?: string; error?: { message?: string } };
  return [msg, error?.message].filter((part) => part !== undefined).join(": ");
}

function follow(process: ChildProcess, logPath: string, heard: (line: string) => void): () => void {
  const log = createWriteStream(logPath, { flags: "a" });
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      heard(line);
    });
  }
  return () => log.end();
}

/** Starts a program of this repository on the Node that runs this one. It is only ever ended by its own id. */
export function startChild(node: string, { name, args, env, logPath }: ChildSpec): Child {
  const process = spawn(node, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ready = Promise.withResolvers<Fields>();
  const ended = Promise.withResolvers<End>();
  ready.promise.catch(() => {});
  let reason = "";
  let said: Fields = {};
  const close = follow(process, logPath, (line) => {
    const fields = fieldsOf(line);
    if (fields?.["ready"] === true) ready.resolve(fields);
    if (fields && !("level" in fields)) said = fields;
    reason = reasonIn(line) ?? reason;
  });
  const end = (code: number | null, why: string) => {
    close();
    ready.reject(new ChildFailed(`The ${name} did not start: ${why}`));
    ended.resolve({ code, reason: why, said });
  };
  process.once("error", (error) => end(null, error.message));
  process.once("close", (code, signal) => end(code, reason || `it ended with ${signal ?? `code ${code}`}`));
  return {
    pid: process.pid ?? 0,
    ready: ready.promise,
    ended: ended.promise,
    kill: (signal) => void process.kill(signal),
  };
}
