import type { Mishaps } from "./faults.ts";

/** More than what is kept in memory here can ever fill, so that nobody need count when nothing else is on the disk. */
const ENDLESS_BYTES = 4 * 1024 ** 3;

/** The bytes of one disk, shared by all that is on it. */
export class Space {
  readonly #capacityBytes: number;
  readonly #mishaps: Mishaps;
  readonly #users: (() => number)[] = [];
  /** Taken by somebody else on the host. */
  #strangerBytes = 0;
  #ballastBytes = 0;

  constructor(capacityBytes: number, mishaps: Mishaps) {
    this.#capacityBytes = capacityBytes;
    this.#mishaps = mishaps;
  }

  addUser(usedBytes: () => number): void {
    this.#users.push(usedBytes);
  }

  free(): number {
    const used = this.#users.reduce((sum, usedBytes) => sum + usedBytes(), 0);
    return Math.max(0, this.#capacityBytes - used - this.#strangerBytes - this.#ballastBytes);
  }

  /** Somebody takes all that is left but for `leave` bytes. */
  fill(leave: number): void {
    this.#strangerBytes += Math.max(0, this.free() - leave);
  }

  /** And gives it back. */
  clear(): void {
    this.#strangerBytes = 0;
  }

  /** False, and counted, when `bytes` do not fit. */
  takes(bytes: number): boolean {
    const isEndless = this.#strangerBytes === 0 && this.#capacityBytes >= ENDLESS_BYTES;
    if (isEndless || bytes <= this.free()) return true;
    this.#mishaps.count("noSpace");
    return false;
  }

  reserve(bytes: number): boolean {
    if (this.#ballastBytes === bytes) return true;
    if (!this.takes(bytes)) return false;
    this.#ballastBytes = bytes;
    return true;
  }

  release(): boolean {
    const wasHeld = this.#ballastBytes > 0;
    this.#ballastBytes = 0;
    return wasHeld;
  }
}
