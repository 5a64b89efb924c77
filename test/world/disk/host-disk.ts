import { BALLAST_BYTES, type Disk } from "@fyr/agent/testing";
import type { Clock, Files, Random } from "@fyr/runtime";
import { Mishaps, type Failure, type Mishap } from "./faults.ts";
import { filesOf } from "./files.ts";
import { ProcessDied, type Boundaries, type Process } from "./life.ts";
import { Space } from "./space.ts";
import { StoreVolume } from "./store.ts";
import { Tree } from "./tree.ts";

/**
 * A moment at which a process takes something for durable: a power cut before it may lose that, after it must not. Of a
 * database that does not wait for the disk, it loses it all the same.
 */
export interface Boundary {
  readonly host: string;
  /** `commit`, `checkpoint`, `file PATH` or `folder PATH`. */
  readonly what: string;
  readonly when: "before" | "after";
}

/**
 * Hears of each boundary, while the process is in the call that brings it about. It may `kill` or `cut`: the call then
 * never returns (files), or throws `ProcessDied` (the database).
 */
type OnDurable = (boundary: Boundary) => void;

export interface HostDiskOptions {
  readonly host: string;
  readonly clock: Pick<Clock, "wall">;
  /** Decides what a failed sync left behind and which bit flips. */
  readonly random: Random;
  /** What the database begins as; empty when missing. */
  readonly image?: Uint8Array;
  readonly capacityBytes?: number;
  readonly ballastBytes?: number;
  readonly onDurable?: OnDurable;
}

/** What one process on the host has of its disk, until it dies. */
export interface ProcessDisk {
  readonly files: Files;
  /** For the agent's `openStore`; its `open` gives a hub the connection for `storeOver`. */
  readonly store: Disk;
}

/** The disk of one host, which outlives the processes on it. Nothing of it touches a real one, or real time. */
export interface HostDisk {
  /** A process starts; the one before it must be over. */
  start(): ProcessDisk;
  /** The process ends as it is; the system keeps everything that it wrote. */
  kill(): void;
  /** The power goes: the process too, and what was not synced is gone, or half there, as chance has it. */
  cut(): void;
  /** One more to hear of boundaries, from now on. */
  listen(onDurable: OnDurable): void;
  /** For calibration: from now on the database is what a build with `synchronous = normal` would have. */
  asNormal(): void;
  /** The next operations that it concerns fail, so many times, or until `mend`. */
  fail(failure: Failure, times?: number): void;
  mend(): void;
  /** Somebody else takes the space that is left, but for `leaveBytes`; the ballast is not his to take. */
  fill(leaveBytes?: number): void;
  /** And gives it back. */
  clear(): void;
  freeBytes(): number;
  /** One bit of a file turns over; false when there is no such file, or nothing in it. */
  flipBit(path: string): boolean;
  /** One bit of the database turns over, while no process has it open. */
  flipStoreBit(): void;
  /** Puts a file there, durably, without anybody hearing of it. */
  put(path: string, bytes: Uint8Array): void;
  /** The database as its readers see it, and as a power cut now would leave it for certain. */
  storeImage(): Buffer;
  durableStore(): Buffer;
  /** A file as a power cut now would leave it for certain. */
  durableFile(path: string): Uint8Array | null;
  readonly isRunning: boolean;
  /** How often each thing went wrong. */
  readonly fired: Readonly<Record<Mishap, number>>;
}

const CAPACITY_BYTES = 8 * 1024 ** 3;

export function hostDisk(options: HostDiskOptions): HostDisk {
  const { host, clock, random, capacityBytes = CAPACITY_BYTES, ballastBytes = BALLAST_BYTES } = options;
  const mishaps = new Mishaps(random);
  const space = new Space(capacityBytes, mishaps);
  let process: Process = { isAlive: false };

  const listeners = options.onDurable ? [options.onDurable] : [];

  const tell = (what: string, when: Boundary["when"]) => {
    const teller = process;
    for (const listen of listeners) {
      listen({ host, what, when });
      if (!teller.isAlive) throw new ProcessDied();
    }
  };
  const boundaries: Boundaries = {
    before: (what) => tell(what, "before"),
    after: (what) => tell(what, "after"),
  };
  const tree = new Tree({ mishaps, space, boundaries, wallMs: () => clock.wall() });
  const store = new StoreVolume({ mishaps, space, boundaries }, options.image);

  const storeOf = (owner: Process): Disk => ({
    open: () => store.open(owner),
    tailIsWhole: () => true,
    reserve: () => owner.isAlive && space.reserve(ballastBytes),
    release: () => owner.isAlive && space.release(),
  });

  return {
    start() {
      if (process.isAlive) throw new Error(`a process runs on ${host} already`);
      process = { isAlive: true };
      return { files: filesOf(tree, space, process), store: storeOf(process) };
    },
    kill() {
      process.isAlive = false;
      store.leave();
    },
    cut() {
      process.isAlive = false;
      store.cut();
      tree.cut();
    },
    listen: (onDurable) => void listeners.push(onDurable),
    asNormal: () => store.asNormal(),
    fail: (failure, times = Number.POSITIVE_INFINITY) => mishaps.fail(failure, times),
    mend: () => mishaps.mend(),
    fill: (leaveBytes = 0) => space.fill(leaveBytes),
    clear: () => space.clear(),
    freeBytes: () => space.free(),
    flipBit: (path) => tree.flipBit(path),
    flipStoreBit: () => store.flipBit(),
    put: (path, bytes) => tree.put(path, bytes),
    storeImage: () => store.image(),
    durableStore: () => store.durable(),
    durableFile: (path) => tree.durable(path),
    get isRunning() {
      return process.isAlive;
    },
    fired: mishaps.fired,
  };
}
