import { createAgent, type Agent, type Probe } from "@fyr/agent";
import {
  fileBackups,
  identityFiles,
  openStore,
  Secret,
  type HubWire,
  type ReadLeaf,
} from "@fyr/agent/testing";
import { fakeAgentKeys, readFakeCertificate } from "@fyr/certs/testing";
import { silentLog, uuid7Ids } from "@fyr/runtime";
import { isFault, type AgentId } from "@fyr/protocol";
import { Killed, lifeClock, newLife, type HostClock, type Life } from "./core/life.ts";
import type { Stage } from "./core/stage.ts";
import type { HostDisk } from "./disk/index.ts";
import type { HubLine } from "./hub-line.ts";
import type { Lan } from "./lan.ts";

/** One agent's machine: its disk and clock live on, its processes come and go. */
export interface AgentHost {
  readonly agentId: AgentId;
  readonly name: string;
  readonly clock: HostClock;
  readonly disk: HostDisk;
  readonly line: HubLine;
  /** The process that runs now. */
  running(): Running | null;
  start(): Promise<void>;
  stop(how: "kill" | "cut"): void;
  /** A process runs, or is about to. */
  isUp(): boolean;
  /** The process stands still: nothing reaches it until it is resumed, when all of it does at once. */
  pause(): () => void;
  resume(): void;
}

export interface Running {
  readonly life: Life;
  readonly agent: Agent;
  readonly journal: ReturnType<typeof openStore>["journal"];
}

export interface AgentHostPorts {
  readonly stage: Stage;
  readonly agentId: AgentId;
  readonly disk: HostDisk;
  readonly line: HubLine;
  readonly lan: Lan;
  /** `127.20.0.1-127.20.0.4`. */
  readonly addresses: string;
  readonly password: string;
  /** The process comes to a named point of its journal; true when it ends there. */
  readonly endsAt: (point: string) => boolean;
  readonly started: () => void;
  readonly down: (how: "kill" | "cut") => void;
}

/** The installer's folder of the agent. */
export const FOLDER = "/agent";

/** Simulated devices and the agent's waits run so much faster than life; both alike, so that it is the same upgrade. */
export const SPEED = 60;

const START_MS = 300;
/** A host that could not start its agent tries again, as a service manager does. */
const START_AGAIN_MS = 15_000;

const readLeaf: ReadLeaf = (chainPem) => {
  const { orgId, agentId, keyHash, notAfterMs } = readFakeCertificate(chainPem);
  return { orgId, agentId, keyHash, notAfterMs };
};

export function agentHost(ports: AgentHostPorts): AgentHost {
  const { stage, agentId, disk, line, lan } = ports;
  const { time, trace } = stage;
  const name = agentId.slice(-4);
  const clock: HostClock = { offMs: 0 };
  let lives = 0;
  let starting: Life | null = null;
  let running: Running | null = null;

  const probeOf = (life: Life): Probe => ({
    at(point) {
      life.demand();
      if (!ports.endsAt(point)) return;
      throw new Killed(`${name} at ${point}`);
    },
  });

  async function boot(life: Life): Promise<Running> {
    const now = lifeClock(time, life, clock);
    const random = stage.random(`agent ${agentId}`).split(life.name);
    const { files, store: database } = disk.start();
    const identities = identityFiles(files, FOLDER);
    const identity = await identities.load("current");
    if (!identity) throw new Error("the agent lost its identity");
    const store = openStore(database);
    const login = { user: "root", password: new Secret(ports.password), revision: "1" };
    const openWire = (address: { credentials: { chainPem: string } }): HubWire =>
      line.openWire(life, address);
    const agent = createAgent(
      {
        ...{ clock: now, random, log: silentLog, files, store, probe: probeOf(life) },
        ids: uuid7Ids(now, random.split("ids")),
        backups: fileBackups(files, `${FOLDER}/backups`),
        logins: { loginFor: () => login },
        hub: {
          ...{ keys: fakeAgentKeys(random.split("keys")), readLeaf, identities, openWire },
          openLine: () => (wish) => line.openLine(life, wish),
        },
        devices: { wire: lan.wire(life), knock: lan.knock(life), ownAddresses: () => [] },
      },
      identity,
      settings(ports.addresses),
    );
    agent.start();
    return { life, agent, journal: store.journal };
  }

  const host: AgentHost = {
    ...{ agentId, name, clock, disk, line },
    running: () => running,
    isUp: () => starting !== null,
    pause() {
      starting?.pause();
      return host.resume;
    },
    resume: () => starting?.resume(),
    async start() {
      if (starting) return;
      const life = newLife(`${name} ${++lives}`);
      starting = life;
      try {
        await life.keep(new Promise<void>((resolve) => void time.after(START_MS, resolve)));
        running = await life.keep(boot(life));
        trace.say(name, `life ${lives} runs`);
        ports.started();
      } catch (error) {
        if (life.isOver()) return;
        if (!isFault(error) && !isOfDisk(error)) throw error;
        trace.say(name, `life ${lives} could not start: ${(error as Error).message}`);
        life.end();
        disk.kill();
        time.after(START_AGAIN_MS, () => {
          if (starting !== life) return;
          starting = null;
          void host.start();
        });
      }
    },
    stop(how) {
      trace.say(name, how);
      const life = starting;
      starting = running = null;
      disk[how]();
      life?.end();
      ports.down(how);
    },
  };
  return host;
}

const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && "code" in error && typeof error.code === "string";

const settings = (addresses: string) => ({
  dataDir: FOLDER,
  ranges: [{ addresses, httpPort: 80, httpsPort: 443 }],
  sweepEveryMs: 600_000,
  sweepConcurrency: 10,
  sweepPaceMs: 20,
  parallelFlashes: 3,
  parallelUploads: 2,
  mostJobs: 20,
  speed: SPEED,
  keepFreeBytes: 0,
  firstSyncMs: 5_000,
  gatherMs: 250,
  doorbell: true,
});
