import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Fault, isFault, type CommandId, type JobId, type Serial, type TaskId } from "@fyr/protocol";
import { between, seededRandom } from "@fyr/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashed } from "../upgrade/chain.ts";
import { newRecord } from "../upgrade/job.ts";
import type { Journal } from "../upgrade/journal.ts";
import { nothingSeen, type CommandRecord, type JobRecord, type StepRun } from "../upgrade/records.ts";
import { fileDisk, lockFolder, memoryDisk, openStore, type Disk, type Store } from "./index.ts";

let folder: string;
let path: string;
const opened: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fyr-store-"));
  path = join(folder, "agent.db");
});
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(disk: Disk = fileDisk(path, 0)): Store {
  const store = openStore(disk);
  opened.push(store);
  return store;
}

/** Closes as a process does that ends as it should. */
function closeAll(): void {
  for (const store of opened.splice(0)) store.close();
}

const uuid = (digits: number): string => `0190a000-0000-7000-8000-${String(digits).padStart(12, "0")}`;
const serial = "ACCC8E000001" as Serial;

function record(task: number, more: Partial<JobRecord> = {}): JobRecord {
  const grant = {
    order: { signed: { task }, signatures: [] },
    taskId: uuid(task) as TaskId,
    epoch: 1,
    targetVersion: "12.11.77" as JobRecord["grant"]["targetVersion"],
    sizeBytes: 1_000,
  };
  return { ...newRecord(grant, 1_000 + task), ...more };
}

const run = (jobId: JobId, tryNumber: number, more: Partial<StepRun> = {}): StepRun => ({
  runKey: `${tryNumber}`.repeat(32).slice(0, 32),
  jobId,
  serial,
  act: "transfer",
  try: tryNumber,
  at: 5,
  before: null,
  seen: { ...nothingSeen, lastChunk: true },
  end: null,
  code: null,
  ...more,
});

const event = ({ jobId, taskId }: JobRecord, seq: number) =>
  hashed({
    ...{ jobId, taskId, epoch: 1, seq, at: seq, previous: "0".repeat(64) },
    kind: "state",
    state: "accepted",
  });

const command = (digits: number): CommandRecord => ({
  command: { commandId: uuid(digits) as CommandId, taskId: uuid(1) as TaskId, kind: "cancel" },
  answer: null,
  acked: false,
  at: 7,
});

/** A journal with a little of everything. */
function fill({ journal, state }: Store): void {
  for (const task of [1, 2, 3]) {
    const job = record(task, { seq: 3 });
    journal.write({
      jobs: [job],
      runs: [run(job.jobId, task)],
      events: [1, 2, 3].map((seq) => event(job, seq)),
    });
    state.put(`trust/${task}`, new Uint8Array([task, 0, 255]));
  }
  journal.write({ commands: [command(71)] });
}

/** All that can be asked of a store, as text; each entry is what was said, or the fault instead. */
function everything({ journal, state }: Store): string[] {
  const ask = (question: () => unknown): string => {
    try {
      return JSON.stringify(question(), (_, value: unknown) => (value === undefined ? null : value));
    } catch (error) {
      if (isFault(error, "JOURNAL_CORRUPT")) return "refused";
      throw error;
    }
  };
  const jobs = [1, 2, 3].map((task) => record(task).jobId);
  return [
    ...jobs.map((jobId) => ask(() => journal.job(jobId) ?? null)),
    ...jobs.map((jobId) => ask(() => journal.runs(jobId))),
    ...jobs.map((jobId) => ask(() => journal.events(jobId, 0, 9))),
    ask(() => journal.commands()),
    ...[1, 2, 3].map((task) => ask(() => Array.from(state.get(`trust/${task}`) ?? []))),
  ];
}

describe("a journal", () => {
  test("gives back what was written, also after it was opened again", () => {
    fill(open());
    const said = everything(opened[0]!);
    closeAll();
    expect(everything(open())).toEqual(said);
    const { journal } = opened[0]!;
    expect(journal.openJobs().map(({ taskId }) => taskId)).toEqual([uuid(1), uuid(2), uuid(3)]);
    expect(journal.runs(record(2).jobId)).toEqual([run(record(2).jobId, 2)]);
    expect(journal.damage()).toEqual([]);
  });

  test("writes all of a change or nothing", () => {
    const { journal } = open();
    const bad = { ...event(record(1), 1), seq: null } as unknown as ReturnType<typeof event>;
    expect(() => journal.write({ jobs: [record(1)], events: [bad] })).toThrow();
    expect(journal.job(record(1).jobId)).toBeUndefined();
  });

  test("lets one job at a time be past armed at a device (I1)", () => {
    const { journal } = open();
    const order = { serial } as JobRecord["order"];
    journal.write({ jobs: [record(1, { order, state: "executing" })] });
    expect(() => journal.write({ jobs: [record(2, { order, state: "observing" })] })).toThrow("UNIQUE");
    journal.write({ jobs: [record(1, { order, state: "closing" })] });
    journal.write({ jobs: [record(2, { order, state: "observing" })] });
  });

  test("forgets closed jobs after their time, with all that hangs on them", () => {
    const { journal } = open();
    const closed = record(1, { state: "closed", closedAt: 100, ackedSeq: 1, seq: 1 });
    journal.write({ jobs: [closed], runs: [run(closed.jobId, 1)], events: [event(closed, 1)] });
    journal.write({ jobs: [record(2)], commands: [{ ...command(72), answer: "over", acked: true }] });
    expect(journal.compact(100)).toBe(0);
    expect(journal.compact(101)).toBe(1);
    expect([journal.runs(closed.jobId), journal.events(closed.jobId, 0, 9)]).toEqual([[], []]);
    expect(journal.command(command(72).command.commandId)).toBeUndefined();
    expect(journal.openJobs()).toHaveLength(1);
  });

  test("of a newer agent is not touched", () => {
    fill(open());
    closeAll();
    const database = new Database(path);
    database.pragma("user_version = 99");
    database.close();
    expect(() => open()).toThrow(new Fault("JOURNAL_NEWER", { found: 99, known: 1 }));
  });
});

describe("small facts", () => {
  test("are found by prefix, in order", () => {
    const { state } = open();
    for (const key of ["b/2", "a/1", "a/10", "a", "a/\u{1f600}", "b"]) state.put(key, new Uint8Array([1]));
    expect(state.keys("a/")).toEqual(["a/1", "a/10", "a/\u{1f600}"]);
    state.remove("a/1");
    expect(state.get("a/1")).toBeNull();
    state.put("b", new Uint8Array());
    expect(state.get("b")).toEqual(new Uint8Array());
  });

  test("that were altered behind our back are refused", () => {
    open().state.put("trust/root", new Uint8Array([1, 2, 3]));
    closeAll();
    const database = new Database(path);
    database.exec("update state set value = x'010204'");
    database.close();
    expect(() => open().state.get("trust/root")).toThrow(
      new Fault("JOURNAL_CORRUPT", { table: "state", row: "trust/root" }),
    );
  });
});

/** Flips one bit of a copy and asks everything; nothing may be said that was not so. */
function silentLies(of: string, bit: (sizeBytes: number) => number, truth: string[]): string[] {
  const bytes = readFileSync(of);
  const at = bit(bytes.length * 8);
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
  writeFileSync(of, bytes);
  try {
    const store = openStore(fileDisk(path, 0));
    const said = everything(store);
    const isDamaged = store.journal.damage().length > 0;
    store.close();
    return said.flatMap((answer, index) => {
      const isRight = answer === truth[index] || answer === "refused";
      const isMissing =
        ["null", "[]"].includes(answer) || (truth[index] ?? "").startsWith(answer.slice(0, -1));
      return isRight || (isMissing && isDamaged) ? [] : [`bit ${at}: ${answer}`];
    });
  } catch (error) {
    return isFault(error, "JOURNAL_CORRUPT", "JOURNAL_NEWER", "STORE_FAILED")
      ? []
      : [`bit ${at}: ${String(error)}`];
  }
}

describe("one flipped bit", () => {
  test("in the database is found out, or changes nothing", () => {
    fill(open());
    const truth = everything(opened[0]!);
    closeAll();
    copyFileSync(path, `${path}.sound`);
    const random = seededRandom("flipped bits");
    const lies = Array.from({ length: 200 }, () => {
      copyFileSync(`${path}.sound`, path);
      return silentLies(path, (bits) => between(random, 0, bits - 1), truth);
    }).flat();
    expect(lies).toEqual([]);
  });

  test("in the log of a process that was killed is found out, or changes nothing", () => {
    fill(open());
    const truth = everything(opened[0]!);
    const wal = `${path}-wal`;
    for (const file of [path, wal]) copyFileSync(file, `${file}.killed`);
    closeAll();
    const random = seededRandom("flipped bits in the log");
    const lies = Array.from({ length: 100 }, () => {
      rmSync(`${path}-shm`, { force: true });
      for (const file of [path, wal]) copyFileSync(`${file}.killed`, file);
      // The salts of the very last frame decide alone whether there is one: no reader can tell.
      return silentLies(wal, (bits) => between(random, 0, bits - 1 - 4_120 * 8), truth);
    }).flat();
    expect(lies).toEqual([]);
  });
});

/** A disk of so many pages; giving up the reserve makes room for more. */
function smallDisk(pages: number, reservePages: number): Disk & { pages: number } {
  const inner = fileDisk(path, 0);
  let connection: Database.Database | undefined;
  let held = reservePages > 0;
  const limit = () => connection?.pragma(`max_page_count = ${disk.pages + (held ? 0 : reservePages)}`);
  const disk = {
    ...inner,
    pages,
    open() {
      connection = inner.open();
      return connection;
    },
    reserve() {
      held = reservePages > 0 && disk.pages > pages;
      limit();
      return held;
    },
    release() {
      const had = held;
      held = false;
      limit();
      return had;
    },
  };
  return disk;
}

const big = (task: number): JobRecord => {
  const job = record(task);
  return {
    ...job,
    grant: { ...job.grant, order: { signed: { filler: "x".repeat(8_000) }, signatures: [] } },
  };
};

function writeUntilFull(journal: Journal): number {
  for (let task = 100; ; task++) {
    try {
      journal.write({ jobs: [big(task)] });
    } catch (error) {
      if (!isFault(error, "DISK_FULL")) throw error;
      expect(journal.job(big(task).jobId)).toBeUndefined();
      return task;
    }
  }
}

describe("a full disk", () => {
  test("refuses a change whole, and takes it when there is room again", () => {
    const disk = smallDisk(40, 0);
    const { journal } = open(disk);
    disk.reserve();
    const refused = writeUntilFull(journal);
    expect(refused).toBeGreaterThan(100);
    disk.pages = 1_000;
    disk.reserve();
    journal.write({ jobs: [big(refused)] });
    expect(journal.job(big(refused).jobId)).toBeDefined();
  });

  test("costs the reserve first, and says so until it is back", () => {
    const disk = smallDisk(40, 40);
    const { journal } = open(disk);
    disk.pages = 41;
    expect(journal.roomy()).toBe(true);
    disk.reserve();
    disk.pages = 40;
    const withReserve = writeUntilFull(journal) - 100;
    expect(withReserve).toBeGreaterThan(15);
    expect(journal.roomy()).toBe(false);
    disk.pages = 1_000;
    expect(journal.roomy()).toBe(true);
  });

  test("meets a ballast file that is as large as it says", () => {
    const disk = fileDisk(path, 3_000_000);
    expect(disk.reserve()).toBe(true);
    expect(statSync(`${path}.ballast`).size).toBe(3_000_000);
    expect([disk.release(), disk.release()]).toEqual([true, false]);
    expect(fileDisk(join(folder, "gone", "agent.db"), 1_000).reserve()).toBe(false);
  });
});

describe("a store that fails", () => {
  test("gives its connection up and finds out from the disk what was written", () => {
    const inner = fileDisk(path, 0);
    let connection: Database.Database | undefined;
    let isGone = false;
    const openIt = () => {
      if (isGone) throw new Database.SqliteError("the disk is gone", "SQLITE_CANTOPEN");
      return (connection = inner.open());
    };
    const { journal } = open({ ...inner, open: openIt });
    journal.write({ jobs: [record(1)] });
    connection!.pragma("query_only = on");
    expect(() => journal.write({ jobs: [record(2)] })).toThrow("STORE_FAILED");
    expect(connection!.open).toBe(false);

    isGone = true;
    expect(() => journal.write({ jobs: [record(2)] })).toThrow("STORE_FAILED");
    expect(() => journal.job(record(1).jobId)).toThrow("STORE_FAILED");
    expect([journal.roomy(), journal.heal()]).toEqual([false, false]);

    isGone = false;
    expect(journal.heal()).toBe(true);
    expect(journal.openJobs()).toHaveLength(1);
    journal.write({ jobs: [record(2)] });
    expect(journal.openJobs()).toHaveLength(2);
  });
});

test("what was written is on the disk, not on its way there", () => {
  const inner = fileDisk(path, 0);
  let connection: Database.Database | undefined;
  open({ ...inner, open: () => (connection = inner.open()) });
  const setting = (name: string) => connection!.pragma(name, { simple: true });
  expect([setting("journal_mode"), setting("synchronous"), setting("fullfsync")]).toEqual(["wal", 2, 1]);
});

test("an image of a store in memory holds what was committed, and lives its own life", () => {
  const disk = memoryDisk();
  const { journal } = openStore(disk);
  journal.write({ jobs: [record(1)] });
  const copy = openStore(memoryDisk(disk.image()));
  journal.write({ jobs: [record(2)] });
  expect(copy.journal.openJobs()).toHaveLength(1);
});

test("a data folder has one agent", () => {
  const release = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(new Fault("INSTANCE_RUNNING", { folder }));
  release();
  lockFolder(folder)();
});

test("a file that was moved away is neither written to nor begun anew, and is used again when it is back", () => {
  const { journal } = open();
  const [first, second] = [record(1), record(2)];
  journal.write({ jobs: [first] });
  renameSync(path, `${path}.away`);
  for (const work of [() => journal.write({ jobs: [second] }), () => journal.job(first.jobId)])
    expect(work).toThrow("STORE_FAILED");
  expect(journal.heal()).toBe(false);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "");
  expect(() => journal.write({ jobs: [second] })).toThrow("STORE_FAILED");
  renameSync(`${path}.away`, path);
  expect(journal.heal()).toBe(true);
  journal.write({ jobs: [second] });
  expect(journal.openJobs()).toHaveLength(2);
});
