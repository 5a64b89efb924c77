import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { browser, type Credentials } from "@fyr/hub/testing";
import { bundle, type Bundle } from "./bundle.ts";

export interface Running {
  readonly pid: number;
  /** The JSON line by which it said that it is ready, and how long that took. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly startMs: number;
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
}

/** Starts a program and waits until it says that it is ready. */
export async function start(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Running> {
  const begun = performance.now();
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ready = await readyLine(child);
  const startMs = performance.now() - begun;
  const gone = once(child, "exit");
  return {
    pid: child.pid ?? 0,
    ready,
    startMs,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

async function readyLine(child: ChildProcess): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error("nothing can be heard of the program");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return JSON.parse(line) as Record<string, unknown>;
  }
  throw new Error("the program ended before it was ready");
}

/** Runs a command to its end. @returns its last line of JSON */
async function finish(file: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [file, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let said: Record<string, unknown> = {};
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    if (line.startsWith("{")) said = JSON.parse(line) as Record<string, unknown>;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return said;
}

/** A real hub process and a real agent that has enrolled with it, both as they ship. */
export interface Stage {
  readonly hub: Running;
  readonly agentProgram: string;
  readonly agentEnv: Record<string, string>;
  identity(): Promise<Identity>;
  close(): Promise<void>;
}

export interface Identity {
  readonly agentId: string;
  readonly keyPem: string;
  readonly chain: string;
  readonly root: string;
  readonly syncUrl: string;
}

const NO_LIMIT = "100000000";
const EMAIL = "bench@fyr.test";

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-stage-"));
  const programs: Bundle[] = [
    await bundle(new URL("../../hub/src/main.ts", import.meta.url)),
    await bundle(new URL("../../agent/src/main.ts", import.meta.url)),
  ];
  const [hubProgram = "", agentProgram = ""] = programs.map(({ file }) => file);
  const hubEnv = {
    HUB_DATA_DIR: join(folder, "hub"),
    HUB_AGENTS_HOST: "127.0.0.1",
    HUB_MQTT_HOST: "127.0.0.1",
    HUB_API_PORT: "0",
    HUB_AGENTS_PORT: "0",
    HUB_MQTT_PORT: "0",
    HUB_METRICS_PORT: "0",
    HUB_LOG_LEVEL: "silent",
    HUB_AGENT_REQUESTS_PER_SECOND: NO_LIMIT,
  };
  const agentEnv = {
    AGENT_DATA_DIR: join(folder, "agent"),
    AGENT_LOG_LEVEL: "silent",
    // As its service is set up (docs/operate): code is compiled once, not at each start.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
  await finish(hubProgram, ["init", "--json"], hubEnv);
  const create = ["admin", "account", "create", "--email", EMAIL, "--name", "Bench", "--json"];
  const made = await finish(hubProgram, create, hubEnv);
  const person = {
    email: EMAIL,
    password: String(made["password"]),
    recoveryCodes: made["recoveryCodes"] as string[],
  };
  const hub = await start(hubProgram, ["start", "--json"], hubEnv);
  const close = async () => {
    await hub.kill();
    await Promise.all([
      ...programs.map(({ remove }) => remove()),
      rm(folder, { recursive: true, force: true }),
    ]);
  };
  try {
    const slot = await newSlot(String(hub.ready["api"]), person);
    await finish(agentProgram, ["enrol", "--url", slot.enrolUrl], { ...agentEnv, AGENT_CODE: slot.code });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    hub,
    agentProgram,
    agentEnv,
    identity: async () =>
      JSON.parse(await readFile(join(folder, "agent", "identity.json"), "utf8")) as Identity,
    close,
  };
}

async function newSlot(api: string, person: Credentials): Promise<{ code: string; enrolUrl: string }> {
  const page = browser(() => api, person);
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${api}/api/v1${path}`, {
      method: "POST",
      headers: { ...(await page.headers()), "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as Record<string, string>;
  };
  const { id } = await post("/orgs", { name: "Bench" });
  const { code = "", enrolUrl = "" } = await post(`/orgs/${id}/agents`, { name: "Bench" });
  return { code, enrolUrl };
}
