import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { unpackBundle, type RecordedDevice } from "@fyr/agent";
import { servicePlace } from "@fyr/agent/testing";
import { firstFreePort } from "@fyr/runtime";
import { serverPackage } from "../package.ts";
import { supervisor } from "./supervisor.ts";

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

/** What an installer asks of a host's supervisor. */
export type Word = "stop" | "start";

/** A host with a service that really runs: files, log and port, and a supervisor that stops and starts it when told. */
export interface HostTree {
  readonly control: string;
  readonly service: string;
  /** Of the service that runs; null while none does. */
  pid(): number | null;
  /** Versions that the service came up with, in order, from its own log. */
  starts(): Promise<readonly string[]>;
  /** How often the service was started again because it had ended by itself. */
  restarts(): number;
  installed(): Promise<string>;
  /** The supervisor leaves this word unanswered until told otherwise: an installer that says it stands still. */
  hang(on: Word | null): void;
  /** Words that it left unanswered so far. */
  unanswered(): number;
  /** Whoever waits for an answer of a supervisor that hung is cut off, and asks again. */
  cutWaiting(): void;
  /** The service and the supervisor are gone at once. What else runs on the host is for the caller to end. */
  cutPower(): Promise<void>;
  /** Boots the host, on its old ports. */
  restorePower(): Promise<void>;
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

async function freePort(port: number): Promise<number> {
  const server = createServer();
  const found = await listening(server, port);
  await new Promise((resolve) => server.close(resolve));
  return found;
}

/** A port that stays the host's while its service is away. */
const portFor = (wanted: number, kept: number | undefined): Promise<number> =>
  wanted || kept ? Promise.resolve(wanted || (kept ?? 0)) : firstFreePort(freePort);

/** Runs a host's service until `close`, and does what its control address is told. */
export async function openTree(options: TreeOptions): Promise<HostTree> {
  const { root } = options;
  await fs.mkdir(root, { recursive: true });
  const kept = await keptPorts(root);
  const servicePort = await portFor(options.servicePort, kept?.service);
  const controlPort = await portFor(options.controlPort, kept?.control);
  const keeper = supervisor({ ...options, servicePort });
  const state = { hangs: null as Word | null, unanswered: 0 };
  let control = createServer();
  await listen();
  await furnish(options, { control: controlPort, service: servicePort });
  const boot = `${controlPort}-${(await startsIn(root)).length}`;

  async function listen(): Promise<void> {
    control = createServer((request, answer) => void serve(request, answer));
    await listening(control, controlPort);
  }

  const ACTS: Readonly<Record<string, () => Promise<void> | void>> = {
    "POST /stop": () => keeper.stop(),
    "POST /start": () => keeper.start(),
    "POST /reboot": () => void keeper.reboot(),
    "GET /state": () => {},
  };

  async function serve({ method, url }: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (method === "POST" && url === `/${state.hangs}`) return void state.unanswered++;
    const act = ACTS[`${method} ${url}`];
    await act?.();
    answer.statusCode = act ? 200 : 404;
    answer.setHeader("content-type", "application/json");
    const { up, boots, restarts } = keeper.state();
    answer.end(JSON.stringify({ up, bootId: `${boot}-${boots}`, restarts }));
  }

  function deafen(): Promise<unknown> {
    const closed = new Promise((resolve) => control.close(resolve));
    control.closeAllConnections();
    return closed;
  }

  await keeper.start();
  return {
    control: `http://127.0.0.1:${controlPort}`,
    service: `http://127.0.0.1:${servicePort}`,
    pid: () => keeper.pid(),
    starts: async () => (await startsIn(root)).map(({ version }) => version),
    restarts: () => keeper.state().restarts,
    installed: async () => (await fs.readFile(join(root, "current", "VERSION"), "utf8")).trim(),
    hang: (on) => (state.hangs = on),
    unanswered: () => state.unanswered,
    cutWaiting: () => control.closeAllConnections(),
    async cutPower() {
      await Promise.all([deafen(), keeper.cut()]);
    },
    async restorePower() {
      await keeper.boot();
      await listen();
    },
    async close() {
      await Promise.all([deafen(), keeper.stop()]);
    },
  };
}

const startsIn = async (root: string): Promise<{ version: string }[]> =>
  (await fs.readFile(join(root, "service.log"), "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { version: string });
