import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemClock, systemFiles, systemRandom, uuid7Ids } from "@fyr/runtime";
import type { Machine } from "../machine.ts";
import { clearWords, createProgram } from "../program.ts";

const ENTRY = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** Free ports for everything, so that tests and real hubs do not meet. */
const ENV = { HUB_API_PORT: "0", HUB_AGENTS_PORT: "0", HUB_MQTT_PORT: "0", HUB_METRICS_PORT: "0" };

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HubProcess {
  readonly process: ChildProcess;
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** Runs a command that comes to its end, in this process: what a user would see, without the wait for a new one. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const ended = (code: number, stderr: string): Ended => ({ code, stdout: printed.join("\n"), stderr });
  try {
    await createProgram({ ...machine, env: { ...ENV, HUB_LOG_LEVEL: "silent", ...env }, print }).parseAsync(
      [...args],
      {
        from: "user",
      },
    );
    return ended(Number(process.exitCode ?? 0), "");
  } catch (error) {
    return ended(1, clearWords(error) ?? String((error as Error).stack));
  } finally {
    process.exitCode = undefined;
  }
}

const machine: Omit<Machine, "env" | "print"> = {
  clock: systemClock,
  random: systemRandom,
  ids: uuid7Ids(systemClock, systemRandom),
  files: systemFiles,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

const started = new Set<ChildProcess>();

/** Ends what a failed test left behind. */
export function killAll(): void {
  for (const child of started) child.kill("SIGKILL");
}

/** Starts `hub` with arguments, as a process of its own. */
function hub(args: readonly string[], env: Readonly<Record<string, string>> = {}): HubProcess {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", ENTRY, ...args], {
    env: { ...process.env, ...ENV, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  child.once("close", () => started.delete(child));
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...said })));
  return { process: child, said, ended };
}

export interface Ready {
  readonly api: string;
  readonly agents: string;
  readonly mqtt: string;
  readonly metrics: string;
}

export interface RunningHub extends HubProcess {
  readonly ready: Ready;
  /** From the start of the process to its ready line. */
  readonly startMs: number;
}

/** Starts a hub and waits until it says that it is ready. */
export async function startedHub(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningHub> {
  const began = performance.now();
  const child = hub(["start", "--data", folder, "--json"], env);
  const line = await new Promise<string>((resolve, reject) => {
    child.process.stdout?.on("data", () => {
      const [first = "", ...more] = child.said.stdout.split("\n");
      if (more.length > 0) resolve(first);
    });
    void child.ended.then(({ stderr }) => reject(new Error(`the hub did not start: ${stderr}`)));
  });
  return { ...child, ready: JSON.parse(line) as Ready, startMs: performance.now() - began };
}
