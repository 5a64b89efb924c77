import type { ImageFacts } from "@fyr/certs";
import { isFault, type Fault } from "@fyr/protocol";
import type { Command, Grant, Order, Serial, TaskId } from "@fyr/protocol";
import { silentLog, sleep, type Clock } from "@fyr/runtime";
import type { FakeClock } from "@fyr/runtime/testing";
import { memoryDisk, openStore, type MemoryDisk } from "../../store/index.ts";
import type { Camera, ImageCache, Inventory, KnownDevice, StagedImage, Trust } from "../../ports.ts";
import { createJobs, type RunningJobs } from "../jobs.ts";
import type { Journal } from "../journal.ts";
import type { UpgradePorts } from "../ports.ts";
import type { ActName, StepRun } from "../records.ts";
import { upgradeSettings, type UpgradeSettings } from "../settings.ts";
import type { FakeDevice } from "./device.ts";
import { FakeHub } from "./hub.ts";

export class Killed extends Error {
  override readonly name = "Killed";
}

export const imageFacts = (version: string, more: Partial<ImageFacts> = {}): ImageFacts =>
  ({
    product: "camera",
    models: ["P3265-V"],
    hardwareIds: ["7C4.1"],
    version,
    releaseCounter: 1,
    upgradeableFrom: [],
    mandatorySteps: [],
    withdrawn: false,
    chunkSizeBytes: 1024 * 1024,
    chunksSha256: "c".repeat(64),
    notes: "",
    digest: "d".repeat(64),
    sha512: "e".repeat(128),
    sizeBytes: 80_000_000,
    ...more,
  }) as ImageFacts;

/** What a test may make go wrong around the agent; read at each use. */
export interface Troubles {
  verify?: Fault | null;
  stage?: Fault | null;
  uncertaintyMs?: number;
  /** How far the hub's time is ahead of this host's clock. */
  aheadMs?: number;
  freeBytes?: number;
}

export interface FakeSiteOptions {
  readonly clock: FakeClock;
  readonly devices: readonly FakeDevice[];
  readonly image: ImageFacts;
  readonly settings?: Partial<UpgradeSettings>;
  readonly troubles?: Troubles;
  /** How long an agent that was killed stays away. */
  readonly downMs?: number;
}

/** The hub is told this often, or when next anything happens. */
const SYNC_MS = 3_000;

let orders = 0;

/** Looks are what a simulated hour costs; far from the beginning they tell nothing new. */
const CALM: Pick<UpgradeSettings, "settleEvery" | "observeEvery"> = {
  settleEvery: [
    { forMs: 60_000, everyMs: 1_000 },
    { forMs: Number.POSITIVE_INFINITY, everyMs: 30_000 },
  ],
  observeEvery: [
    { forMs: 10_000, everyMs: 1_000 },
    { forMs: 600_000, everyMs: 30_000 },
    { forMs: Number.POSITIVE_INFINITY, everyMs: 300_000 },
  ],
};

/** A link is broken by a store that fails and simply syncs again; a killed agent has none. */
function asLink(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Killed) && !isFault(error, "STORE_FAILED", "DISK_FULL")) throw error;
  }
}

/** A store as it is before anything happened: opening a copy is cheaper than making its tables. */
const BLANK = (() => {
  const disk = memoryDisk();
  openStore(disk);
  return disk.image();
})();

/** One agent's life: from its start to its end, over a disk that outlives it. */
export interface Incarnation {
  readonly jobs: RunningJobs;
  readonly disk: MemoryDisk;
  readonly journal: Journal;
  isAlive: boolean;
}

/** A site with devices and a hub that live on while agents are started and killed over one disk. */
export class FakeSite {
  readonly hub = new FakeHub();
  readonly reached = new Set<string>();
  readonly noted: Serial[] = [];
  /** Acts on devices that no intent on disk announced. */
  readonly unannounced: string[] = [];
  readonly backups = new Map<Serial, Uint8Array>();
  readonly options: FakeSiteOptions;
  readonly troubles: Troubles;
  /** Orders that the hub hands over until the agent lists them. */
  readonly grants: Grant[] = [];
  /** Commands that the hub repeats at each sync. */
  readonly commands: Command[] = [];
  readonly fences: { taskId: TaskId; currentEpoch: number }[] = [];
  /** Kills the agent when it comes to one of these points, at each once. */
  readonly killAt = new Set<string>();
  /** Kills it when so many points were passed, over all its lives. */
  readonly killAfter = new Set<number>();
  kills = 0;
  #passed = 0;
  /** Stands between the agent and its journal: may refuse, or break before or after the work was done. */
  disk: { write?: (apply: () => unknown) => unknown; roomy?: () => unknown; heal?: () => unknown } = {};
  /** Called when a point is reached for the first time, over all lives. */
  onReached: (point: string) => void = () => {};
  agent: Incarnation | null = null;

  constructor(options: FakeSiteOptions) {
    this.options = options;
    this.troubles = options.troubles ?? {};
  }

  start(): RunningJobs {
    const disk = memoryDisk(this.agent?.disk.image() ?? BLANK);
    const agent: Incarnation = { disk, isAlive: true } as unknown as Incarnation;
    this.agent = agent;
    const journal = this.#mortal(agent, openStore(disk).journal);
    const jobs = createJobs(this.#ports(agent, journal));
    Object.assign(agent, { jobs, journal });
    jobs.start();
    return jobs;
  }

  /** Nothing that the agent still does after this reaches disk, devices or hub. */
  kill(): void {
    if (this.agent) this.agent.isAlive = false;
    this.kills++;
  }

  get jobs(): RunningJobs {
    if (!this.agent) throw new Error("no agent was started");
    return this.agent.jobs;
  }

  grant(order: Partial<Order> & { serial: Serial }): Grant {
    const taskId = (order.taskId ??
      `0190a000-0000-7000-8000-${String(++orders).padStart(12, "0")}`) as TaskId;
    const { image, clock } = this.options;
    const whole: Order = {
      taskId,
      epoch: 1,
      digest: image.digest,
      attempt: 1,
      lookFirst: false,
      windows: [],
      deadline: clock.wall() + 30 * 24 * 3_600_000,
      backup: "wanted",
      ...order,
    };
    return {
      order: { signed: whole, signatures: [] },
      taskId,
      epoch: whole.epoch,
      targetVersion: image.version,
      sizeBytes: image.sizeBytes,
    };
  }

  command(taskId: TaskId, kind: Command["kind"]): Command {
    const commandId = `0190b000-0000-7000-8000-${String(++orders).padStart(12, "0")}` as Command["commandId"];
    return { commandId, taskId, kind };
  }

  /** Lets time pass, syncs now and then, starts the agent again some time after it was killed. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const { clock, downMs = 0 } = this.options;
    if (this.agent?.isAlive) this.#sync();
    for (const end = clock.mono() + ms; clock.mono() < end && !isOver();) {
      if (!this.agent?.isAlive) {
        await clock.advance(downMs);
        asLink(() => this.start());
      }
      await clock.advance(0); // what is under way sets its timers first
      const idleMs = (clock.nextDue() ?? 0) - clock.mono();
      await clock.advance(Math.min(Math.max(SYNC_MS, idleMs), end - clock.mono()));
      if (this.agent?.isAlive) this.#sync();
    }
  }

  #sync(): void {
    asLink(() => {
      for (const command of this.commands) this.jobs.command(command);
      for (let grant = this.grants[0]; grant; grant = this.grants[0]) {
        this.jobs.accept(grant);
        this.grants.shift();
      }
      for (const { taskId, currentEpoch } of this.fences) this.jobs.fence(taskId, currentEpoch);
      this.hub.sync(this.jobs);
    });
  }

  isDone(): boolean {
    return this.agent?.isAlive === true && this.grants.length === 0 && this.jobs.openJobs().length === 0;
  }

  /** Virtual time until all jobs are closed. @throws Error when they are not within `mostMs` */
  async runToEnd(mostMs = 40 * 3_600_000): Promise<void> {
    await this.run(mostMs, () => this.isDone());
    if (!this.isDone()) {
      const states = this.jobs.openJobs().map(({ record }) => `${record.state}/${record.step}`);
      throw new Error(`jobs did not end: ${states.join()}`);
    }
  }

  /** A journal whose writes fail once the process is dead. */
  #mortal(agent: Incarnation, journal: Journal): Journal {
    const alive = () => {
      if (!agent.isAlive) throw new Killed();
    };
    return new Proxy(journal, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...values: unknown[]) => {
          alive();
          const apply = () => Reflect.apply(member, target, values) as unknown;
          return this.disk[name as keyof typeof this.disk]?.(apply) ?? apply();
        };
      },
    });
  }

  #ports(agent: Incarnation, journal: Journal): UpgradePorts {
    const { clock: real, settings } = this.options;
    const clock: Clock = {
      wall: () => real.wall(),
      mono: () => real.mono(),
      after: (ms, act) => real.after(ms, () => agent.isAlive && act()),
    };
    return {
      clock,
      log: silentLog,
      journal,
      backups: {
        keep: async (serial, bytes) => void this.backups.set(serial, bytes),
      },
      inventory: this.#inventory(agent),
      trust: this.#trust(clock),
      siteTime: {
        now: () => real.wall() + (this.troubles.aheadMs ?? 0),
        uncertaintyMs: () => this.troubles.uncertaintyMs ?? 100,
      },
      cache: this.#cache(clock),
      probe: { at: (point) => this.#probe(agent, point) },
      settings: { ...upgradeSettings(), ...CALM, ...settings },
    };
  }

  #probe(agent: Incarnation, point: string): void {
    if (!agent.isAlive) throw new Killed();
    const isNew = !this.reached.has(point);
    this.reached.add(point);
    if (isNew) this.onReached(point);
    const isDue = this.killAfter.has(++this.#passed);
    if (!this.killAt.delete(point) && !isDue) return;
    this.kill();
    throw new Killed();
  }

  #trust(clock: Clock): Pick<Trust, "verify"> {
    return {
      verify: async (document) => {
        await sleep(clock, 10);
        if (this.troubles.verify) throw this.troubles.verify;
        return { order: document.signed as unknown as Order, facts: this.options.image };
      },
    };
  }

  #cache(clock: Clock): ImageCache {
    return {
      stage: async ({ digest, sizeBytes, version }, _pin, onBytes, signal) => {
        await sleep(clock, 200, signal);
        signal.throwIfAborted();
        if (this.troubles.stage) throw this.troubles.stage;
        onBytes(sizeBytes);
        return {
          digest,
          sizeBytes,
          version,
          body: () => never(),
        } as unknown as StagedImage;
      },
      release: () => {},
      freeBytes: async () => this.troubles.freeBytes ?? 1e12,
    };
  }

  /** Every act that changes a device must stand in the journal before; the point of no return too. */
  #watched(agent: Incarnation, camera: Camera): Camera {
    const isOpen = (act: ActName, matches: (run: StepRun) => boolean = () => true) =>
      this.jobs
        .openJobs()
        .some(({ record }) =>
          agent.journal.runs(record.jobId).some((run) => run.act === act && run.end === null && matches(run)),
        );
    const demand = (act: string, isAnnounced: boolean) => {
      if (!isAnnounced) this.unannounced.push(act);
    };
    const acting = (act: "commit" | "rollback" | "restart", name: "commit" | "rollBack" | "restart") => {
      return (signal: AbortSignal) => {
        if (agent.isAlive) demand(act, isOpen(act));
        return camera[name](signal);
      };
    };
    return {
      ...camera,
      commit: acting("commit", "commit"),
      rollBack: acting("rollback", "rollBack"),
      restart: acting("restart", "restart"),
      upload: (image, options, signal) => {
        const { runKey } = options;
        demand(
          "upload",
          isOpen("transfer", (run) => run.runKey === runKey),
        );
        const beforeLastChunk = () => {
          options.beforeLastChunk();
          demand(
            "lastChunk",
            isOpen("transfer", (run) => run.runKey === runKey && run.seen?.lastChunk === true),
          );
        };
        return camera.upload(image, { ...options, beforeLastChunk }, signal);
      },
    };
  }

  #inventory(agent: Incarnation): Inventory {
    const known = (device: FakeDevice): KnownDevice => ({
      serial: device.plan.serial,
      host: "127.0.0.1",
      ports: { http: 80, https: 443 },
      model: device.plan.model ?? "P3265-V",
      name: "camera",
      hardwareId: "7C4.1",
      version: device.active,
      scheme: "https",
      trouble: null,
      seenAt: 0,
    });
    const deviceOf = (serial: Serial) => this.options.devices.find(({ plan }) => plan.serial === serial);
    return {
      find: (serial) => {
        const device = deviceOf(serial);
        return device && known(device);
      },
      camera: ({ serial }) => {
        const camera = deviceOf(serial)?.camera(() => agent.isAlive) ?? never();
        return this.#watched(agent, camera);
      },
      note: (serial) => void this.noted.push(serial),
    } as Partial<Inventory> as Inventory;
  }
}

function never(): never {
  throw new Error("not used here");
}
