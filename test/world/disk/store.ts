import Database from "better-sqlite3";
import type { Mishaps } from "./faults.ts";
import { ProcessDied, type Boundaries, type Process } from "./life.ts";
import type { Space } from "./space.ts";
import { watched, type Watcher } from "./connection.ts";

type Connection = Database.Database;

/** `pragma synchronous`: what SQLite waits for at a commit, in its own numbers. */
const FULL = 2;
const NORMAL = 1;
/** What holds in a write-ahead log when nobody chose: SQLite is built so for Node. */
const WAL_DEFAULT = NORMAL;

/** SQLite brings its write-ahead log into the database, and to the disk, when it is this long. */
const CHECKPOINT_PAGES = 1_000;

/** What a commit must find room for in the write-ahead log; from the first on, the log takes as much. */
const LOG_PAGES = 4;

const PAGE_BYTES = 4_096;

export interface StorePorts {
  readonly mishaps: Mishaps;
  readonly space: Space;
  readonly boundaries: Boundaries;
}

const sqliteError = (code: string, message: string): Error => new Database.SqliteError(message, code);

interface Open {
  readonly real: Connection;
  readonly process: Process;
  /** Asks how long the database is: compiled once, since each commit asks. */
  readonly pages: Database.Statement;
}

/**
 * One SQLite database on a host's disk. Its content is an image that outlives the processes; while one has it open, it
 * is a connection in memory. What a power cut leaves follows from what that connection says of `synchronous`: with
 * FULL every commit, with NORMAL those up to the last checkpoint, with OFF none.
 */
export class StoreVolume {
  readonly #ports: StorePorts;
  #open: Open | null = null;
  /** As it was when it was last closed or left. */
  #seen: Buffer | null;
  #durable: Buffer | null;
  /** All that is committed is durable, so that nothing need be kept apart. */
  #isSynced = true;
  #synchronous = FULL;
  #isChosen = false;
  #unsyncedCommits = 0;
  #logPages = 0;
  /** The content at the last commit that was not synced. */
  #lastUnsynced: Buffer | null = null;
  #isCommitting = false;
  #hasLog = false;
  /** What is waited for at the most, whatever the product asks. */
  #most = Number.POSITIVE_INFINITY;

  constructor(ports: StorePorts, image: Uint8Array | undefined) {
    this.#ports = ports;
    this.#seen = image ? Buffer.from(image) : null;
    this.#durable = this.#seen;
    ports.space.addUser(() => (this.#pages() + (this.#hasLog ? LOG_PAGES : 0)) * PAGE_BYTES);
  }

  open(process: Process): Connection {
    if (!process.isAlive) throw new ProcessDied();
    if (this.#open) throw new Error("the process has its database open already");
    if (this.#ports.mishaps.strikes("readOnly"))
      throw sqliteError("SQLITE_CANTOPEN", "unable to open database file");
    const real = new Database(this.#seen ?? ":memory:");
    const open = { real, process, pages: real.prepare("pragma page_count").pluck() };
    this.#open = open;
    this.#isChosen = false;
    this.#synchronous = FULL;
    return watched(real, this.#watcher(open));
  }

  /** What every reader sees. */
  image(): Buffer {
    return this.#open?.real.serialize() ?? this.#seen ?? Buffer.alloc(0);
  }

  /** What a power cut now would leave for certain. */
  durable(): Buffer {
    return this.#isSynced ? this.image() : (this.#durable ?? Buffer.alloc(0));
  }

  /** The process that had it open is gone; a transaction that it had begun never was. */
  leave(): void {
    if (!this.#open) return;
    const { real } = this.#open;
    if (real.inTransaction) real.exec("rollback");
    this.#rest(real);
  }

  /** The power goes. A commit under way is there or not: chance decides. */
  cut(): void {
    const { mishaps } = this.#ports;
    const real = this.#open?.real;
    if (real?.inTransaction && this.#isCommitting && this.#synchronous >= FULL && mishaps.toss()) {
      real.exec("commit");
      this.#synced();
    }
    this.leave();
    mishaps.count("lostCommit", this.#unsyncedCommits);
    this.#seen = this.#durable;
    this.#synced();
  }

  /** From here on, what asks for FULL gets NORMAL. */
  asNormal(): void {
    this.#most = NORMAL;
    if (this.#open) this.#onPragma(this.#open.real, "synchronous");
  }

  /** One bit of the file turns over; nobody may have it open. */
  flipBit(): void {
    const image = this.#seen;
    if (this.#open || !image) throw new Error("a bit can flip in a database that is there and closed");
    const { mishaps } = this.#ports;
    const bit = Math.floor(mishaps.random.next() * image.length * 8);
    this.#seen = Buffer.from(image);
    this.#seen[bit >> 3] = (image[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    this.#durable = this.#seen;
    mishaps.count("bitFlip");
  }

  #pages(): number {
    if (!this.#open) return Math.ceil((this.#seen?.length ?? 0) / PAGE_BYTES);
    return Number(this.#open.pages.get());
  }

  /** The image stays when its connection goes. */
  #rest(real: Connection): void {
    this.#seen = real.serialize();
    if (this.#isSynced) this.#durable = this.#seen;
    real.close();
    this.#open = null;
    this.#isCommitting = this.#hasLog = false;
  }

  #watcher(open: Open): Watcher {
    const onCall = () => {
      if (!open.process.isAlive) throw new ProcessDied();
      if (this.#open !== open) throw new TypeError("The database connection is not open");
    };
    return {
      onCall,
      beforeCommit: () => this.#beforeCommit(open.real),
      afterCommit: () => this.#afterCommit(open.real),
      onPragma: (text) => this.#onPragma(open.real, text),
      close: () => {
        if (open.process.isAlive && this.#open === open) this.#close(open.real);
      },
    };
  }

  #onPragma(real: Connection, text: string): void {
    if (/synchronous\s*[=(]/i.test(text)) this.#isChosen = true;
    if (/journal_mode\s*[=(]\s*'?wal/i.test(text) && !this.#isChosen)
      real.pragma(`synchronous = ${WAL_DEFAULT}`);
    if (!/synchronous|journal_mode/i.test(text)) return;
    const chosen = Number(real.pragma("synchronous", { simple: true }));
    this.#synchronous = Math.min(chosen, this.#most);
    // From here on, commits may be lost that come after this content.
    if (this.#isSynced && this.#synchronous < FULL) {
      this.#durable = this.#lastUnsynced = real.serialize();
      this.#isSynced = false;
    }
  }

  #beforeCommit(real: Connection): void {
    this.#refuse();
    if (this.#synchronous >= FULL) this.#failingSync(real);
    this.#isCommitting = true;
    this.#ports.boundaries.before("commit");
  }

  #refuse(): void {
    const { mishaps, space } = this.#ports;
    if (mishaps.strikes("readOnly"))
      throw sqliteError("SQLITE_READONLY", "attempt to write a readonly database");
    if (mishaps.strikes("writeFails")) throw sqliteError("SQLITE_IOERR_WRITE", "disk I/O error");
    if (!space.takes(LOG_PAGES * PAGE_BYTES)) throw sqliteError("SQLITE_FULL", "database or disk is full");
  }

  /** What was to be synced is found there later, or is not. */
  #failingSync(real: Connection): void {
    const { mishaps } = this.#ports;
    if (!mishaps.strikes("syncFails")) return;
    if (mishaps.toss()) {
      real.exec("commit");
      this.#synced();
    }
    throw sqliteError("SQLITE_IOERR_FSYNC", "disk I/O error");
  }

  #afterCommit(real: Connection): void {
    this.#isCommitting = false;
    this.#hasLog = true;
    if (this.#synchronous >= FULL) this.#synced();
    else this.#logged(real);
    this.#ports.boundaries.after("commit");
  }

  /** A commit that nobody waited for on the disk. */
  #logged(real: Connection): void {
    const content = real.serialize();
    this.#unsyncedCommits++;
    this.#logPages += changedPages(this.#lastUnsynced, content);
    this.#lastUnsynced = content;
    if (this.#logPages < CHECKPOINT_PAGES || this.#synchronous < NORMAL) return;
    this.#checkpoint(() => {
      this.#durable = content;
      [this.#unsyncedCommits, this.#logPages] = [0, 0];
    });
  }

  #checkpoint(act: () => void): void {
    const { boundaries } = this.#ports;
    boundaries.before("checkpoint");
    act();
    boundaries.after("checkpoint");
  }

  #synced(): void {
    this.#isSynced = true;
    this.#lastUnsynced = null;
    [this.#unsyncedCommits, this.#logPages] = [0, 0];
  }

  /** A process that closes its database leaves nothing in the log, if the disk lets it. */
  #close(real: Connection): void {
    const { mishaps } = this.#ports;
    if (real.inTransaction) real.exec("rollback");
    const fails = (["readOnly", "writeFails", "syncFails"] as const).some((failure) =>
      mishaps.threatens(failure),
    );
    if (!this.#isSynced && this.#synchronous >= NORMAL && !fails) this.#checkpoint(() => this.#synced());
    this.#rest(real);
  }
}

function changedPages(before: Buffer | null, after: Buffer): number {
  let changed = 0;
  for (let at = 0; at < after.length; at += PAGE_BYTES) {
    const page = after.subarray(at, at + PAGE_BYTES);
    if (!before?.subarray(at, at + PAGE_BYTES).equals(page)) changed++;
  }
  return changed;
}
