import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { unpackBundle, type RecordedDevice } from "@fyr/agent";
import { servicePlace } from "@fyr/agent/testing";
import { serverPackage } from "../package.ts";

export interface TreeOptions {
  readonly root: string;
  /** Runs the service; the Node of this process unless a test says otherwise. */
  readonly node: string;
  readonly version: string;
  readonly machineId: string;
  readonly devices: readonly RecordedDevice[];
  /** 0: free ones; kept in the root for the next start. */
  readonly controlPort: number;
  readonly servicePort: number;
  /** How long the service takes to stop and the host to boot. */
  readonly stopMs: number;
  readonly bootMs: number;
  readonly wait: (ms: number) => Promise<void>;
}

/** A host with a service that really runs: files, log and port, and a supervisor that stops and starts it when told. */
export interface HostTree {
  readonly control: string;
  readonly service: string;
  /** Of the service that runs; null while none does. */
  pid(): number | null;
  /** Versions that the service was started with, in order, from its own log. */
  starts(): Promise<readonly string[]>;
  installed(): Promise<string>;
  /** The supervisor answers nothing from now on until told otherwise: an installer that waits for it stands still. */
  hang(is: boolean): void;
  /** Whoever waits for an answer of a supervisor that hung is cut off, and asks again. */
  cutWaiting(): void;
  close(): Promise<void>;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Writes a host for the first time: its first release, its data, and `host.json`. */
async function furnish(options: TreeOptions, ports: { control: number; service: number }): Promise<void> {
  const { root, version, machineId, devices } = options;
  const place = servicePlace(root);
  if ((await place.current()) === null) {
    await fs.mkdir(join(root, "data"), { recursive: true });
    await fs.writeFile(join(root, "data", "ACS.FDB"), createHash("sha512").update(machineId).digest());
    const bytes = await serverPackage({ version });
    await place.add(`${version}-factory`, (sink) => unpackBundle(once(bytes), sink));
    await place.switchTo(`${version}-factory`);
  }
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const host = {
    machineId,
    product: "acs-pro-server",
    name: "Simulated recording server",
    edition: "AXIS Camera Station Pro",
    licensing: "subscription",
    counts: { CORE: devices.length },
    devices,
    service: {
      name: "acs-server",
      control: url(ports.control),
      version: `${url(ports.service)}/version`,
    },
  };
  await fs.writeFile(join(root, "host.json"), JSON.stringify(host, null, 2));
}

/** The ports of an earlier start: an agent that read them goes on. */
async function keptPorts(root: string): Promise<{ control: number; service: number } | null> {
  try {
    const { service } = JSON.parse(await fs.readFile(join(root, "host.json"), "utf8")) as {
      service: { control: string; version: string };
    };
    return { control: Number(new URL(service.control).port), service: Number(new URL(service.version).port) };
  } catch {
    return null;
  }
}

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server, 0);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a host's service until `close`, and does what its control address is told. */
export async function openTree(options: TreeOptions): Promise<HostTree> {
  const { root, wait } = options;
  await fs.mkdir(root, { recursive: true });
  const kept = await keptPorts(root);
  const state = { boots: 1, restarts: 0, hangs: false };
  let child: ChildProcess | null = null;
  const control = createServer((request, answer) => void serve(request, answer));
  const controlPort = await listening(control, options.controlPort || (kept?.control ?? 0));
  const servicePort = options.servicePort || (kept?.service ?? (await freePort()));
  await furnish(options, { control: controlPort, service: servicePort });
  const boot = `${controlPort}-${await started(root)}`;

  function start(): void {
    if (child) return;
    const own = spawn(options.node, [join(root, "current", "service.mjs"), String(servicePort), root], {
      stdio: "ignore",
      env: {},
    });
    child = own;
    own.once("error", () => child === own && (child = null));
    own.once("exit", () => child === own && (child = null));
  }

  async function stop(): Promise<void> {
    const own = child;
    if (!own) return;
    await wait(options.stopMs);
    const gone = new Promise((resolve) => own.once("exit", resolve));
    own.kill("SIGTERM");
    if (own.exitCode === null && own.signalCode === null) await gone;
    child = null;
  }

  async function reboot(): Promise<void> {
    await stop();
    await wait(options.bootMs);
    state.boots++;
    start();
  }

  const ACTS: Readonly<Record<string, () => Promise<void> | void>> = {
    "POST /stop": stop,
    "POST /start": () => {
      state.restarts++;
      start();
    },
    "POST /reboot": () => void reboot(),
    "GET /state": () => {},
  };

  async function serve({ method, url }: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (state.hangs && method === "POST") return;
    const act = ACTS[`${method} ${url}`];
    await act?.();
    answer.statusCode = act ? 200 : 404;
    answer.setHeader("content-type", "application/json");
    answer.end(
      JSON.stringify({ up: child !== null, bootId: `${boot}-${state.boots}`, restarts: state.restarts }),
    );
  }

  start();
  return {
    control: `http://127.0.0.1:${controlPort}`,
    service: `http://127.0.0.1:${servicePort}`,
    pid: () => child?.pid ?? null,
    starts: async () => (await startsIn(root)).map(({ version }) => version),
    installed: async () => (await fs.readFile(join(root, "current", "VERSION"), "utf8")).trim(),
    hang: (is) => (state.hangs = is),
    cutWaiting: () => control.closeAllConnections(),
    async close() {
      control.closeAllConnections();
      control.close();
      await stop();
    },
  };
}

const startsIn = async (root: string): Promise<{ version: string }[]> =>
  (await fs.readFile(join(root, "service.log"), "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { version: string });

const started = async (root: string): Promise<number> => (await startsIn(root)).length;
