import Database from "better-sqlite3";
import { ballast } from "./ballast.ts";
import { placeOf } from "./place.ts";
import { walIsWhole } from "./wal.ts";

export type Connection = Database.Database;

/** What lies under a store: the file, and the space that is kept back for it. */
export interface Disk {
  /** Opens the database as it is on disk at this moment. */
  open(): Connection;
  /** False when the file that was opened is no longer where it was: what is written now would be found by nobody. */
  isInPlace?(): boolean;
  /** Whether what was written last, before the database was opened, is still there whole. */
  tailIsWhole(): boolean;
  /** Keeps space back; true when it is (still, or again) kept. */
  reserve(): boolean;
  /** Gives the space that was kept back to the database; false when there was none. */
  release(): boolean;
}

/** Room for about 30,000 transitions: what is under way can be finished and recorded on a disk that is full. */
export const BALLAST_BYTES = 32 * 1024 * 1024;

/** How long a write waits for a reader of another process, such as a status command. */
const BUSY_MS = 5_000;

/** A database file with a ballast file beside it. */
export function fileDisk(path: string, ballastBytes = BALLAST_BYTES): Disk {
  let opened: string | undefined;
  return {
    open() {
      const database = new Database(path, { timeout: BUSY_MS });
      opened = placeOf(path);
      return database;
    },
    isInPlace: () => opened === undefined || placeOf(path) === opened,
    tailIsWhole: () => walIsWhole(`${path}-wal`),
    ...ballast(`${path}.ballast`, ballastBytes),
  };
}

export interface MemoryDisk extends Disk {
  /** Everything committed so far: what a disk would hold if the power went now. */
  image(): Uint8Array;
}

/** A database that lives in memory only, begun empty or from an image of another. */
export function memoryDisk(image?: Uint8Array): MemoryDisk {
  const connection = new Database(image ? Buffer.from(image) : ":memory:");
  return {
    open: () => connection,
    tailIsWhole: () => true,
    reserve: () => true,
    release: () => false,
    image: () => connection.serialize(),
  };
}
