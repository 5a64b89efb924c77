import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** What is answered to system calls instead of doing them. */
export interface Failure {
  /** By their names in Linux, as the program under test really makes them: look with `strace -c`. */
  readonly calls: readonly string[];
  readonly error: "ENOSPC" | "EIO" | "EROFS";
  /** Only calls about these files. */
  readonly paths?: readonly string[];
  /** Which of a thread's calls, counted from 1: one, and each so many after it. All when left out. */
  readonly nth?: { readonly from: number; readonly every: number };
}

/** Absent on systems other than Linux, and where nobody installed it. */
export const hasStrace = spawnSync("strace", ["-V"]).status === 0;

function optionsOf({ calls, error, paths = [], nth }: Failure, logPath: string): string[] {
  const names = calls.join(",");
  const when = nth ? `:when=${nth.from}+${nth.every}` : "";
  return [
    ...["-f", "-q", "-o", logPath, "-e", `trace=${names}`, "-e", `inject=${names}:error=${error}${when}`],
    ...paths.flatMap((path) => ["-P", path]),
  ];
}

/** What stands before a program so that it meets `failure`. The program stays a direct child of whoever starts it. */
export const meeting = (failure: Failure, logPath: string): readonly string[] => [
  ...["strace", "-D", "--seccomp-bpf"],
  ...optionsOf(failure, logPath),
];

const linesOf = (logPath: string): string[] =>
  existsSync(logPath) ? readFileSync(logPath, "utf8").split("\n") : [];

/** How many calls failed because of us. */
export const struckIn = (logPath: string): number =>
  linesOf(logPath).filter((line) => line.includes("(INJECTED)")).length;

/** Something that goes wrong in a running process until it is ended. */
export interface Trouble {
  struck(): number;
  end(): Promise<void>;
}

/** @returns once every thread of the process meets `failure` */
export async function trouble(pid: number, failure: Failure, logPath: string): Promise<Trouble> {
  const tracer = spawn(
    "strace",
    ["-p", String(pid), ...optionsOf(failure, logPath).filter((it) => it !== "-q")],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const gone = once(tracer, "close");
  await once(createInterface({ input: tracer.stderr }), "line");
  if (tracer.exitCode !== null) throw new Error(`strace could not attach to ${pid}`);
  return {
    struck: () => struckIn(logPath),
    async end() {
      tracer.kill("SIGTERM"); // it lets go of the process, which lives on
      await gone;
    },
  };
}
