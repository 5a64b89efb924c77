import type { Statement } from "better-sqlite3";
import { orderKeyOf, signOrder } from "@fyr/certs";
import { fakeAgentCa, testSigningKey } from "@fyr/certs/testing";
import type { HubAnswer } from "@fyr/agent/testing";
import type { Hub, Services } from "@fyr/hub";
import { accountDoubles, CHANNEL, createHub, exportSigner, licenceFiles, storeOver } from "@fyr/hub/testing";
import type { AgentId, Enrolment, EnrolRequest, Presence, ProgressReport } from "@fyr/protocol";
import { silentLog, uuid7Ids } from "@fyr/runtime";
import { lifeClock, newLife, type HostClock, type Life } from "./core/life.ts";
import type { Stage } from "./core/stage.ts";
import type { HostDisk } from "./disk/index.ts";
import { answerAgent, type Asked } from "./hub-door.ts";
import type { Library } from "./images.ts";

/** The hub's machine: its disk and clock live on, its processes come and go. */
export interface HubHost {
  readonly clock: HostClock;
  /** Of the process that serves now. */
  life(): Life | null;
  services(): Services | null;
  start(): Promise<void>;
  /** Ends the process: by a signal the disk keeps what was written, by a power cut only what was synced. */
  stop(how: "kill" | "cut"): void;
  enrol(request: EnrolRequest): Promise<Enrolment>;
  /** One of the two callbacks is called once, or none when the process dies over it. */
  serve(asked: Asked, answered: (answer: HubAnswer) => void, refused: (reason: string) => void): void;
  addBell(agentId: AgentId, ring: () => void): void;
  forgetBell(agentId: AgentId, ring: () => void): void;
  hear(agentId: AgentId, topic: "presence", message: Presence): void;
  hear(agentId: AgentId, topic: "progress", message: ProgressReport): void;
  /** Rows as they are committed, for judges; null while no process has the database open. */
  peek<Row>(sql: string): readonly Row[] | null;
  /** Something was committed: what was seen is old. */
  committed(): void;
}

export interface HubEvents {
  started(): void;
  /** An agent's sockets are cut. */
  cut(agentId: AgentId): void;
  broke(error: unknown): void;
  /** An agent as the hub proved it, by its certificate. */
  identityOf(agentId: AgentId): Parameters<Hub["door"]["presence"]>[0];
}

type Connection = ReturnType<ReturnType<HostDisk["start"]>["store"]["open"]>;

interface Process {
  readonly life: Life;
  readonly hub: Hub;
  readonly connection: Connection;
  /** Statements of judges, and what they last brought. */
  readonly questions: Map<string, Statement<[]>>;
  readonly looks: Map<string, readonly unknown[]>;
}

const POLLS = { idlePollMs: 300_000, busyPollMs: 2_000, leaseMs: 15 * 60_000, codeMs: 24 * 3_600_000 };
/** Until a hub that died is started again. */
const AGAIN_MS = 2_000;
/** Opening the database and the listeners. */
const START_MS = 400;

const orderKey = testSigningKey("hub orders");
const exports = exportSigner(testSigningKey("hub exports"));
const files = licenceFiles(testSigningKey("hub licences"));
export const ORDER_KEYS = [orderKeyOf(orderKey)];
/** Signs orders that no agent may believe. */
const foreignKey = testSigningKey("somebody else");
const SYNC_URL = "https://hub.test:8444";
const BELL_URL = "mqtts://hub.test:8883";

export function hubHost(stage: Stage, library: Library, disk: HostDisk, events: HubEvents): HubHost {
  const { time, trace } = stage;
  const clock: HostClock = { offMs: 0 };
  const bells = new Map<AgentId, () => void>();
  let lives = 0;
  /** The step in which something was, or may yet be, committed. */
  let changedAt = -1;
  let starting: Life | null = null;
  let process: Process | null = null;

  function portsOf(life: Life) {
    const random = stage.random("hub").split(life.name);
    const now = lifeClock(time, life, clock);
    return {
      clock: now,
      random,
      ids: uuid7Ids(now, random.split("ids")),
      log: silentLog,
      doorbell: { ring: (agents: readonly AgentId[]) => agents.forEach((agent) => bells.get(agent)?.()) },
      connections: { cut: events.cut },
      exports,
      licenceFiles: files,
      orders: {
        sign: (claims: Parameters<typeof signOrder>[1]) =>
          signOrder(stage.strikes("orderForged") ? foreignKey : orderKey, claims),
      },
      releases: {
        facts: (digest: string) => library.facts.find((image) => image.digest === digest) ?? null,
        all: () => library.facts,
      },
      ca: fakeAgentCa(random.split("ca")),
      ...accountDoubles(random.split("sealing")),
      welcome: {
        syncUrl: SYNC_URL,
        mqttUrl: BELL_URL,
        root: "root",
        orderKeys: ORDER_KEYS,
        imageRoot: library.firstRoot,
        rootKeyHash: "0".repeat(64),
      },
      settings: POLLS,
    };
  }

  /** What was committed is not told: the agent has to ask again. */
  function diesBeforeAnswer(): boolean {
    const how = stage.strikes("hubKilledBeforeAnswer")
      ? "kill"
      : stage.strikes("hubCutBeforeAnswer")
        ? "cut"
        : null;
    if (!how) return false;
    host.stop(how);
    time.after(AGAIN_MS, () => void (process ?? host.start()));
    return true;
  }

  const host: HubHost = {
    clock,
    life: () => process?.life ?? null,
    services: () => process?.hub.services ?? null,
    async start() {
      if (starting) return;
      const life = newLife(`hub ${++lives}`);
      starting = life;
      await life.keep(new Promise<void>((resolve) => void time.after(START_MS, resolve)));
      const connection = disk.start().store.open();
      const hub = createHub(portsOf(life), await life.keep(Promise.resolve(storeOver(connection))));
      process = { life, hub, connection, questions: new Map(), looks: new Map() };
      hub.start();
      trace.say("hub", `life ${lives} serves`);
      events.started();
    },
    stop(how) {
      trace.say("hub", how);
      const life = starting;
      starting = process = null;
      bells.clear();
      disk[how]();
      life?.end();
    },
    committed() {
      process?.looks.clear();
      changedAt = time.steps();
    },
    peek<Row>(sql: string) {
      if (!process) return null;
      const { looks, questions, connection } = process;
      const question = questions.get(sql) ?? connection.prepare<[]>(sql);
      const rows = looks.get(sql) ?? question.all();
      questions.set(sql, question);
      if (time.steps() !== changedAt) looks.set(sql, rows);
      return rows as readonly Row[];
    },
    enrol: (request) => process?.hub.door.enrol(request, CHANNEL) ?? Promise.reject(new Error("no hub")),
    serve(asked, answered, refused) {
      if (!process) return refused("nobody listens");
      const { life, hub } = process;
      const reset = life.onEnd(() => refused("reset"));
      const wall = () => lifeClock(time, life, clock).wall();
      life.keep(answerAgent(hub.door, library, asked, wall, stage.strikes)).then(
        (answer) => {
          reset();
          if (answer.status === 200 && diesBeforeAnswer()) return refused("reset");
          answered(answer);
        },
        (error: unknown) => {
          reset();
          events.broke(error);
          refused("reset");
        },
      );
    },
    addBell: (agentId, ring) => void bells.set(agentId, ring),
    forgetBell: (agentId, ring) => void (bells.get(agentId) === ring && bells.delete(agentId)),
    hear(agentId: AgentId, topic: "presence" | "progress", message: Presence | ProgressReport) {
      if (!process) return;
      const { door } = process.hub;
      const identity = events.identityOf(agentId);
      if (topic === "presence") door.presence(identity, message as Presence);
      else door.progress(identity, message as ProgressReport);
    },
  };
  return host;
}
