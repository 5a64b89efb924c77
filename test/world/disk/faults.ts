import type { Random } from "@fyr/runtime";

/** What can be switched on: each operation that it concerns fails while it is. */
export type Failure =
  /** A write fails and leaves nothing: EIO, SQLITE_IOERR_WRITE. */
  | "writeFails"
  /** A sync fails, and what it was to bring to the disk got there or did not: EIO, SQLITE_IOERR_FSYNC. */
  | "syncFails"
  /** Nothing may be changed: EROFS, SQLITE_READONLY. */
  | "readOnly";

/** What is counted when it happens. */
export type Mishap =
  | Failure
  /** ENOSPC, SQLITE_FULL, or no room for the ballast. */
  | "noSpace"
  | "bitFlip"
  /** A power cut left the last unsynced write of a file torn, or there as a whole. */
  | "tornWrite"
  | "landedWrite"
  /** A power cut took back a file's unsynced writes, a folder's unsynced changes, a commit that was not synced. */
  | "lostWrite"
  | "lostEntry"
  | "lostCommit";

/** The failures of one disk, and how often each thing went wrong. */
export class Mishaps {
  readonly random: Random;
  readonly fired: Record<Mishap, number> = {
    ...{ writeFails: 0, syncFails: 0, readOnly: 0, noSpace: 0, bitFlip: 0 },
    ...{ tornWrite: 0, landedWrite: 0, lostWrite: 0, lostEntry: 0, lostCommit: 0 },
  };
  readonly #left: Record<Failure, number> = { writeFails: 0, syncFails: 0, readOnly: 0 };

  constructor(random: Random) {
    this.random = random;
  }

  /** Lets the next `times` operations that it concerns fail. */
  fail(failure: Failure, times: number): void {
    this.#left[failure] = times;
  }

  mend(): void {
    Object.assign(this.#left, { writeFails: 0, syncFails: 0, readOnly: 0 });
  }

  /** Whether it is on now, without an operation failing by it. */
  threatens(failure: Failure): boolean {
    return this.#left[failure] > 0;
  }

  /** Whether the operation that asks fails. */
  strikes(failure: Failure): boolean {
    if (!this.threatens(failure)) return false;
    this.#left[failure]--;
    this.count(failure);
    return true;
  }

  count(mishap: Mishap, times = 1): void {
    this.fired[mishap] += times;
  }

  /** Chance decides. */
  toss(): boolean {
    return this.random.next() < 0.5;
  }
}

const ERRNO = { ENOENT: -2, EIO: -5, EBADF: -9, EISDIR: -21, ENOSPC: -28, EROFS: -30 } as const;

/** An error as Node's own file system throws it. */
export function nodeError(code: keyof typeof ERRNO, syscall: string, path: string): Error {
  const error = new Error(`${code}: ${syscall} '${path}'`);
  return Object.assign(error, { code, errno: ERRNO[code], syscall, path });
}
