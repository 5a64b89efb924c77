import { execFile } from "node:child_process";
import { join } from "node:path";
import { bundle, type Bundle } from "../../bench/bundle.ts";
import { operator, type Operator } from "./operator.ts";
import { launch, type Program } from "./program.ts";

const NO_LIMIT = "100000000";

/** Of the one person who works with the hub. */
const EMAIL = "operator@fyr.test";

/** Polls so short that nothing waits for them. */
const SETTINGS = {
  HUB_AGENTS_HOST: "127.0.0.1",
  HUB_MQTT_HOST: "127.0.0.1",
  HUB_IDLE_POLL_MS: "1000",
  HUB_BUSY_POLL_MS: "500",
  HUB_AGENT_REQUESTS_PER_SECOND: NO_LIMIT,
  HUB_ENROLMENTS_PER_MINUTE: NO_LIMIT,
  HUB_LOG_LEVEL: "warn",
};

/** How a command ended. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A hub as a process of its own, over a folder that outlives it. */
export interface RunningHub {
  readonly folder: string;
  readonly operator: Operator;
  readonly agentsUrl: string;
  readonly agentsPort: number;
  pid(): number;
  /** One of its commands, as a person at a shell gives it. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>;
  /** SIGKILL, and at once a new process in the same folder, on the same ports. @returns when it is ready again */
  killAndStart(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The hub as it ships. */
const SHIPPED = new URL("../../../hub/src/main.ts", import.meta.url);

/**
 * Initialises a hub in `folder` and starts it.
 *
 * @param main the program, when it is another one than the hub that ships
 * @param under the command that starts it, such as strace
 */
export async function openHub(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  main = SHIPPED,
  under: readonly string[] = [],
): Promise<RunningHub> {
  const program: Bundle = await bundle(main);
  const data = join(folder, "hub");
  const settings: Record<string, string> = {
    ...SETTINGS,
    HUB_DATA_DIR: data,
    ...Object.fromEntries(["API", "AGENTS", "MQTT", "METRICS"].map((name) => [`HUB_${name}_PORT`, "0"])),
    ...env,
  };
  const node = [process.execPath, program.file];
  const run = (command: string[], onLine?: (fields: Readonly<Record<string, unknown>>) => void) =>
    launch({
      name: "hub",
      command: [command[0] ?? "", ...command.slice(1), "--json"],
      env: settings,
      logPath: join(folder, "hub.log"),
      ...(onLine && { onLine }),
    });

  /** What the command said last. */
  async function told(...command: string[]): Promise<Readonly<Record<string, unknown>>> {
    let last: Readonly<Record<string, unknown>> = {};
    await run([...node, ...command], (said) => void (last = { ...last, ...said })).ended;
    return last;
  }
  const { token } = await told("init");
  const person = await told("admin", "account", "create", ...["--email", EMAIL, "--name", "Operator"]);
  let hub: Program;
  const ready: Record<string, string> = {};
  const start = async () => {
    hub = run([...under, ...node, "start"]);
    Object.assign(ready, await hub.ready);
    for (const [name, key] of [
      ["api", "API"],
      ["agents", "AGENTS"],
      ["mqtt", "MQTT"],
      ["metrics", "METRICS"],
    ] as const) {
      if (ready[name]) settings[`HUB_${key}_PORT`] = new URL(ready[name]).port;
    }
  };
  await start();
  const kill = () => hub.end("SIGKILL");
  return {
    folder: data,
    operator: operator(() => ready["api"] ?? "", String(token), {
      email: EMAIL,
      password: String(person["password"]),
      recoveryCodes: person["recoveryCodes"] as string[],
    }),
    agentsUrl: ready["agents"] ?? "",
    agentsPort: Number(new URL(ready["agents"] ?? "").port),
    pid: () => hub.pid,
    command: (args, own = {}) =>
      new Promise((resolve) =>
        execFile(
          process.execPath,
          [program.file, ...args],
          { env: { HUB_URL: ready["api"] ?? "", HUB_TOKEN: String(token), ...own } },
          (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
        ),
      ),
    kill,
    start,
    async killAndStart() {
      await kill();
      await start();
    },
    async close() {
      await hub.end("SIGTERM");
      await program.remove();
    },
  };
}
