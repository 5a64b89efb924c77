import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KillPoint } from "@fyr/agent/testing";
import type { OrgId, Task } from "@fyr/protocol";
import { faultProxy, type FaultProxy } from "@fyr/runtime/testing";
import type { GenerationName, SiteOptions } from "@fyr/simulator";
import { bundle } from "../bench/bundle.ts";
import { enrolledAgent } from "../e2e/stage/agent.ts";
import { openHub, type RunningHub } from "../e2e/stage/hub.ts";
import { pause, until } from "../e2e/stage/patience.ts";
import { launch, type Program } from "../e2e/stage/program.ts";
import { openTestSite, type SiteCamera, type TestSite } from "../e2e/stage/site.ts";
import { judge } from "./judge.ts";
import type { WireSetting } from "./surroundings.ts";
import type { WireFault } from "./unreliable-wire.ts";

/** How much faster than life agents wait, and devices flash and boot. */
const AGENT_SPEED = 60;
const DEVICE_SPEED = 120;

const RESTARTS_AFTER_MS = 200;

export const isLong = process.env["FYR_LONG"] === "1";

/** A real hub process, a site of devices, and the program of agents; what goes wrong with them is for each test. */
export interface Stage {
  readonly folder: string;
  readonly orgId: OrgId;
  readonly hub: RunningHub;
  /** Where the hub's clock is. */
  readonly hubMarks: string;
  readonly site: TestSite;
  /** An agent that has joined the hub, with a device of its own. */
  newAgent(name: string, wish?: AgentWish): Promise<Post>;
  close(): Promise<void>;
}

export interface AgentWish {
  readonly generation?: GenerationName;
  /** Beside those of an agent in a hurry. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where its data folder is; a folder of its own when left out. */
  readonly folder?: string;
}

/** One agent with one device, over all its lives. */
export interface Post {
  /** Its data. */
  readonly folder: string;
  /** Where its clock and its captured requests are. */
  readonly marks: string;
  readonly agentId: string;
  readonly camera: SiteCamera;
  /** Points that it came to, in order, over all its lives. */
  readonly points: readonly string[];
  /** How often its wire did what. */
  wireFaults(fault: WireFault): number;
  /** Puts lines of its own between it and the hub, closed with the stage. Before its first start. */
  lines(): Promise<Lines>;
  start(options?: LifeOptions): Program;
  /** Starts it, and once more each time that it ends by itself, as a service manager does. */
  keep(first: LifeOptions): void;
  /** Codes with which it ended by itself. */
  readonly exits: readonly (number | null)[];
  /** Its current or last process. @throws Error when there was none */
  program(): Program;
  /** Ends its process, if there is one, as a service is ended. */
  stop(): Promise<void>;
  order(): Promise<Task>;
  ended(task: Task, withinMs?: number): Promise<Task>;
  /** Resolves when it has come to a point for the first time. */
  reaches(point: KillPoint, withinMs?: number): Promise<void>;
  /** @returns what is not as it must be once `task` succeeded, in words; empty when all is well */
  complaints(task: Task): Promise<string[]>;
  log(): Promise<string>;
}

export interface Lines {
  /** Carries syncs and images. */
  readonly sync: FaultProxy;
  readonly mqtt: FaultProxy;
}

export interface LifeOptions {
  /** It stands still at this point until `letGo`. */
  readonly holdAt?: KillPoint;
  readonly wire?: WireSetting;
  /** Silence of the hub that its requests bear; that of the product when left out. */
  readonly idleMs?: number;
  /** How many times as fast its waits are over. */
  readonly hurry?: number;
  /** Stands before the program. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface StageOptions extends Pick<SiteOptions, "devices" | "firstAddress" | "generations"> {
  readonly hubEnv?: Readonly<Record<string, string>>;
  readonly imageBytes?: number;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { hubEnv = {}, imageBytes, ...site } = options;
  const folder = await mkdtemp(join(tmpdir(), "fyr-mishaps-"));
  const hubMarks = join(folder, "hub-marks");
  await mkdir(hubMarks);
  const [program, hub, running] = await Promise.all([
    bundle(new URL("./agent-main.ts", import.meta.url)),
    openHub(folder, { ...hubEnv, MISHAP_FOLDER: hubMarks }, new URL("./hub-main.ts", import.meta.url)),
    openTestSite({ seed: "mishaps", speed: DEVICE_SPEED, ...site }, imageBytes),
  ]);
  const orgId = await hub.operator.createOrganisation("Mishaps");
  await running.importImages(hub.operator);
  const posts: Post[] = [];
  const proxies: FaultProxy[] = [];

  async function newAgent(name: string, wish: AgentWish = {}): Promise<Post> {
    const { generation = "12", settings = {}, folder: home = join(folder, name) } = wish;
    const camera = running.take(generation, ({ dropsOnFlash }) => !dropsOnFlash);
    const slot = await hub.operator.createAgent(orgId, name);
    const marks = join(folder, `${name}-marks`);
    await mkdir(marks);
    await enrolledAgent(home, slot, { speed: AGENT_SPEED, ranges: [camera.range], ...settings });
    const logPath = join(folder, `${name}.log`);
    const points: string[] = [];
    const faults = new Map<string, number>();
    const exits: (number | null)[] = [];
    let life: Program | undefined;
    let isKept = false;

    async function keepGoing(first: LifeOptions): Promise<void> {
      isKept = true;
      for (let program = post.start(first); ; program = post.start()) {
        const { code } = await program.ended;
        if (!isKept) return;
        exits.push(code);
        await pause(RESTARTS_AFTER_MS);
      }
    }

    const post: Post = {
      ...{ folder: home, marks, agentId: slot.agent.id, camera, points, exits },
      keep: (first) => void keepGoing(first),
      wireFaults: (fault) => faults.get(fault) ?? 0,
      async lines() {
        const path = join(home, "identity.json");
        const identity = JSON.parse(await readFile(path, "utf8")) as { syncUrl: string; mqttUrl: string };
        const [sync, mqtt] = await Promise.all([proxyTo(identity.syncUrl), proxyTo(identity.mqttUrl)]);
        proxies.push(sync, mqtt);
        const urls = { syncUrl: withPort(identity.syncUrl, sync), mqttUrl: withPort(identity.mqttUrl, mqtt) };
        await writeFile(path, JSON.stringify({ ...identity, ...urls }));
        return { sync, mqtt };
      },
      start({ wire, idleMs, hurry, holdAt, under = [], env = {} } = {}) {
        const [file = "", ...args] = [...under, process.execPath, program.file, "run", "--json"];
        life = launch({
          name: "agent",
          command: [file, ...args],
          env: {
            ...{ AGENT_DATA_DIR: home, MISHAP_FOLDER: marks },
            ...(wire && { MISHAP_WIRE: JSON.stringify(wire) }),
            ...(idleMs !== undefined && { MISHAP_IDLE_MS: String(idleMs) }),
            ...(hurry !== undefined && { MISHAP_HURRY: String(hurry) }),
            ...(holdAt && { MISHAP_HOLD: holdAt }),
            ...env,
          },
          logPath,
          onLine({ point, wireFault }) {
            if (typeof point === "string") points.push(point);
            if (typeof wireFault === "string") faults.set(wireFault, (faults.get(wireFault) ?? 0) + 1);
          },
        });
        return life;
      },
      program() {
        if (!life) throw new Error(`${name} was never started`);
        return life;
      },
      async stop() {
        isKept = false;
        await life?.end("SIGTERM");
      },
      async order() {
        const device = await hub.operator.device(orgId, camera.serial);
        return hub.operator.upgrade(orgId, { device, digest: camera.digest() });
      },
      ended: ({ id }, withinMs = 90_000) => hub.operator.ending(orgId, id, withinMs),
      reaches: async (point, withinMs) =>
        void (await until(`${name} comes to ${point}`, () => points.includes(point) || undefined, withinMs)),
      complaints: (task) => judge(hub, post, task),
      log: () => readFile(logPath, "utf8").catch(() => ""),
    };
    posts.push(post);
    return post;
  }

  return {
    ...{ folder, orgId, hub, hubMarks, site: running, newAgent },
    async close() {
      await Promise.all(posts.map((post) => post.stop()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await hub.close();
      await Promise.all([running.close(), program.remove()]);
      await rm(folder, { recursive: true });
    },
  };
}

const proxyTo = (url: string): Promise<FaultProxy> => faultProxy({ port: Number(new URL(url).port) });

function withPort(url: string, { port }: FaultProxy): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
