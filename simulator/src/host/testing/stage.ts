import type { ImageFacts } from "@fyr/certs";
import {
  createServerJobs,
  serverSettings,
  serverShelf,
  usual,
  type ImageCache,
  type ServerJobs,
  type ServerSettings,
  type StagedImage,
} from "@fyr/agent";
import { FakeHub, memoryDisk, openStore } from "@fyr/agent/testing";
import type { Fault } from "@fyr/protocol";
import { isFault, type Grant, type OutcomeEvent, type ServerOrder, type TaskId } from "@fyr/protocol";
import { silentLog, sleep, type Clock } from "@fyr/runtime";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import { testImage } from "@fyr/certs/testing";
import type { HostFault } from "../faults.ts";
import { SimulatedHost } from "../host.ts";
import type { HostBlueprint } from "../readings.ts";

class Killed extends Error {
  override readonly name = "Killed";
}

const MINUTE = 60_000;
const SYNC_MS = 3_000;

export const BLUEPRINT: HostBlueprint = {
  machineId: "4c4c4544-0042-3510",
  name: "REC-01",
  version: "6.17.26511",
  licensing: "subscription",
  counts: { CORE: 40, UNIVERSAL: 2 },
  devices: Array.from({ length: 40 }, (_, at) => ({
    serial: `ACCC8E${at.toString(16).toUpperCase().padStart(6, "0")}`,
    host: `10.0.0.${at + 1}`,
  })),
  installer: "bundle",
  installMs: 8 * MINUTE,
  backupMs: 20_000,
  bootMs: MINUTE,
};

export const TARGET = "6.18.27687";

export const packageFacts = (version = TARGET, more: Partial<ImageFacts> = {}): ImageFacts =>
  testImage({
    product: "acs-pro-server",
    models: ["acs-pro-server"],
    version,
    sizeBytes: 900_000_000,
    ...more,
  });

export interface StageOptions {
  readonly host?: Partial<HostBlueprint>;
  readonly faults?: readonly HostFault[];
  readonly package?: ImageFacts;
  readonly order?: Partial<ServerOrder>;
  readonly settings?: Partial<ServerSettings>;
  readonly verify?: Fault;
  readonly stage?: Fault;
}

let orders = 0;

/** An agent on a simulated host, killed and started again over one disk, and a hub that only takes what it says. */
export class HostStage {
  readonly clock: FakeClock = fakeClock();
  readonly hub = new FakeHub();
  readonly host: SimulatedHost;
  readonly facts: ImageFacts;
  readonly options: StageOptions;
  readonly reached = new Set<string>();
  readonly killAt = new Set<string>();
  readonly grants: Grant[] = [];
  kills = 0;
  onReached: (point: string) => void = () => {};
  #disk = memoryDisk();
  #jobs: ServerJobs | null = null;
  #alive = false;

  constructor(options: StageOptions = {}) {
    this.options = options;
    this.facts = options.package ?? packageFacts();
    this.host = new SimulatedHost({ clock: this.clock, log: silentLog }, { ...BLUEPRINT, ...options.host });
    this.host.place(...(options.faults ?? []));
    // The agent runs on the host: its power is the agent's power.
    this.host.onPower = (on) => (on ? this.#start() : this.kill());
  }

  get jobs(): ServerJobs {
    if (!this.#jobs) throw new Error("no agent was started");
    return this.#jobs;
  }

  /** The agent's disk is replaced by an empty one; the host keeps what its helpers left. */
  loseDisk(): void {
    this.kill();
    this.#disk = memoryDisk();
  }

  kill(): void {
    this.#alive = false;
    this.kills++;
  }

  #start(): void {
    if (this.#alive || !this.host.truth().on) return;
    const disk = memoryDisk(this.#disk.image());
    this.#disk = disk;
    const life = { on: true };
    this.#alive = true;
    const isAlive = () => life.on && this.#alive && this.#disk === disk;
    const { clock: real, options } = this;
    const clock: Clock = {
      wall: () => real.wall(),
      mono: () => real.mono(),
      after: (ms, act) => real.after(ms, () => isAlive() && act()),
    };
    const state = mortal(openStore(disk).state, isAlive);
    const settings = { ...serverSettings(), ...options.settings };
    this.#jobs = createServerJobs({
      clock,
      log: silentLog,
      shelf: serverShelf(state, silentLog),
      usual: usual(state, settings.usualMs),
      host: mortal(this.host.probe, isAlive),
      desk: mortal(this.host.desk, isAlive),
      trust: {
        verifyServer: async (document) => {
          await sleep(clock, 10);
          if (options.verify) throw options.verify;
          return { order: document.signed as unknown as ServerOrder, facts: this.facts };
        },
      },
      siteTime: { now: () => real.wall(), uncertaintyMs: () => 100 },
      cache: this.#cache(clock),
      probe: { at: (point) => this.#at(point, isAlive) },
      settings,
    });
    this.#jobs.start();
  }

  #at(point: string, isAlive: () => boolean): void {
    if (!isAlive()) throw new Killed();
    if (!this.reached.has(point)) {
      this.reached.add(point);
      this.onReached(point);
    }
    if (!this.killAt.delete(point)) return;
    this.kill();
    throw new Killed();
  }

  #cache(clock: Clock): ImageCache {
    return {
      stage: async ({ digest, sizeBytes }, _pin, onBytes, signal) => {
        await sleep(clock, 2_000, signal);
        signal.throwIfAborted();
        if (this.options.stage) throw this.options.stage;
        onBytes(sizeBytes);
        return { digest, sizeBytes } as StagedImage;
      },
      release: () => {},
      freeBytes: async () => 1e12,
    };
  }

  order(more: Partial<ServerOrder> = {}): TaskId {
    const taskId = (more.taskId ?? `0190a000-0000-7000-8000-${String(++orders).padStart(12, "0")}`) as TaskId;
    const order: ServerOrder = {
      kind: "server",
      taskId,
      epoch: 1,
      uid: `acs-pro-server:${this.host.blueprint.machineId}` as ServerOrder["uid"],
      digest: this.facts.digest,
      attempt: 1,
      lookFirst: false,
      windows: [],
      deadline: this.clock.wall() + 30 * 24 * 60 * MINUTE,
      ...this.options.order,
      ...more,
    };
    this.grants.push({
      kind: "server",
      order: { signed: order, signatures: [] },
      taskId,
      epoch: order.epoch,
      targetVersion: this.facts.version,
      sizeBytes: this.facts.sizeBytes,
    });
    return taskId;
  }

  /** Lets time pass; an agent that was killed is started again at once, when its host has power. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    for (const end = this.clock.mono() + ms; this.clock.mono() < end && !isOver();) {
      this.#start();
      await this.clock.advance(0);
      const idleMs = (this.clock.nextDue() ?? 0) - this.clock.mono();
      await this.clock.advance(Math.min(Math.max(SYNC_MS, idleMs), end - this.clock.mono()));
      this.sync();
    }
  }

  sync(): void {
    if (!this.#alive) return;
    try {
      for (let grant = this.grants[0]; grant; grant = this.grants[0]) {
        this.jobs.accept(grant);
        this.grants.shift();
      }
      this.hub.sync(this.jobs);
    } catch (error) {
      if (!(error instanceof Killed) && !isFault(error, "STORE_FAILED", "DISK_FULL")) throw error;
    }
  }

  isDone(): boolean {
    return this.#alive && this.grants.length === 0 && this.jobs.openJobs().length === 0;
  }

  /** Virtual time until all jobs are closed. @throws Error when they are not within `mostMs` */
  async runToEnd(mostMs = 24 * 60 * MINUTE): Promise<OutcomeEvent> {
    await this.run(mostMs, () => this.isDone());
    const outcome = this.hub.outcomes().at(-1);
    if (!this.isDone() || !outcome) {
      const states = this.#jobs?.openJobs().map(({ record }) => `${record.state}/${record.step}`);
      throw new Error(`jobs did not end: ${states?.join()}`);
    }
    return outcome;
  }
}

/** What a dead process asks for, it never gets. */
function mortal<T extends object>(target: T, isAlive: () => boolean): T {
  return new Proxy(target, {
    get: (of, name) => {
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== "function") return member;
      return (...values: unknown[]) => {
        if (!isAlive()) throw new Killed();
        return Reflect.apply(member, of, values) as unknown;
      };
    },
  });
}
