import { openStore, type Disk } from "@fyr/agent/testing";
import { isFault } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { describe, expect, test } from "vitest";
import { blankAgentImage, hostDisk, ProcessDied, type HostDisk, type HostDiskOptions } from "./index.ts";

const one = new Uint8Array([1]);

const newDisk = (seed = "disk", more: Partial<HostDiskOptions> = {}): HostDisk =>
  hostDisk({
    host: "gateway",
    clock: { wall: () => 0 },
    random: seededRandom(seed),
    image: blankAgentImage(),
    ...more,
  });

type Connection = ReturnType<Disk["open"]>;

/** An agent's store, and the connection that it opened last. */
function opened(disk: HostDisk) {
  const { store: inner } = disk.start();
  const held: { connection?: Connection } = {};
  const store = openStore({ ...inner, open: () => (held.connection = inner.open()) });
  const { state } = store;
  return {
    ...{ store, inner },
    put: (...keys: string[]) => keys.forEach((key) => state.put(key, one)),
    keys: () => state.keys(""),
    connection: () => held.connection!,
  };
}

/** What the next process finds. */
const found = (disk: HostDisk): string[] => opened(disk).keys();

const KEYS = Array.from({ length: 20 }, (_, at) => `k${String(at).padStart(2, "0")}`);

describe("the agent's store", () => {
  test("as it is built loses nothing that it acknowledged, by a kill or a power cut", () => {
    const disk = newDisk();
    const { put, connection } = opened(disk);
    expect(connection().pragma("synchronous", { simple: true })).toBe(2);
    put(...KEYS);
    disk.cut();
    const second = opened(disk);
    expect(second.keys()).toEqual(KEYS);
    second.put("more");
    disk.kill();
    expect(found(disk)).toEqual([...KEYS, "more"]);
    expect(disk.fired.lostCommit).toBe(0);
  });

  test("CALIBRATION: built with NORMAL, a power cut loses acknowledged commits, and a kill does not", () => {
    const disk = newDisk();
    const { put, connection } = opened(disk);
    connection().pragma("synchronous = normal");
    put(...KEYS);
    disk.kill();
    expect(found(disk)).toEqual(KEYS);
    disk.cut();
    expect(found(disk)).toEqual([]);
    expect(disk.fired.lostCommit).toBe(KEYS.length);
  });

  test("CALIBRATION: so it does when nobody chose, in a write-ahead log, and when the disk is set to answer so", () => {
    const unchosen = newDisk();
    const connection = unchosen.start().store.open();
    connection.pragma("journal_mode = wal");
    connection.prepare("insert into quarantine (source, key, cells) values ('', '', '')").run();
    unchosen.cut();
    expect(unchosen.fired.lostCommit).toBe(1);

    const set = newDisk("set");
    set.asNormal();
    opened(set).put(...KEYS);
    set.cut();
    expect(found(set)).toEqual([]);
  });

  test("with NORMAL a checkpoint keeps what came before it: by itself, at a thousand pages, and at a clean close", () => {
    const disk = newDisk();
    const first = opened(disk);
    first.connection().pragma("synchronous = normal");
    first.put("closed");
    first.store.close();
    disk.kill();
    disk.cut();
    const second = opened(disk);
    expect(second.keys()).toEqual(["closed"]);
    second.connection().pragma("synchronous = normal");
    const big = new Uint8Array(400_000);
    for (let at = 0; at < 15; at++) second.store.state.put(`big${at}`, big);
    disk.cut();
    const kept = found(disk).filter((key) => key.startsWith("big")).length;
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(15);
    disk.kill();
    const third = opened(disk);
    third.connection().pragma("synchronous = off");
    third.put("off");
    third.store.close();
    disk.cut();
    expect(found(disk)).not.toContain("off");
  });

  test("a commit that waits for the disk also keeps those before it that did not", () => {
    const disk = newDisk();
    const { put, connection } = opened(disk);
    connection().pragma("synchronous = normal");
    put("unsynced");
    connection().pragma("synchronous = full");
    put("synced");
    connection().pragma("synchronous = normal");
    put("lost");
    disk.cut();
    expect(found(disk)).toEqual(["synced", "unsynced"]);
  });

  test("is cut in the middle of a commit: all of it is there, or nothing, and the caller never hears", () => {
    const after = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      let isArmed = false;
      const disk: HostDisk = newDisk(`mid ${seed}`, {
        onDurable: ({ when }) => void (isArmed && when === "before" && disk.cut()),
      });
      const { put, connection } = opened(disk);
      put("first");
      isArmed = true;
      expect(() => put("second")).toThrow(ProcessDied);
      expect(() => put("third")).toThrow(ProcessDied);
      expect(() => connection().prepare("select 1")).toThrow(ProcessDied);
      connection().close();
      isArmed = false;
      after.add(found(disk).join());
    }
    expect(after).toEqual(new Set(["first", "first,second"]));
  });

  test("is cut right after a commit: it is there", () => {
    let isArmed = false;
    const disk: HostDisk = newDisk("after", {
      onDurable: ({ when }) => void (isArmed && when === "after" && disk.cut()),
    });
    const { put } = opened(disk);
    isArmed = true;
    expect(() => put("x")).toThrow(ProcessDied);
    isArmed = false;
    expect(found(disk)).toEqual(["x"]);
  });

  test("tells each durable commit once, however it is made, and none that changed nothing", () => {
    const told: string[] = [];
    const disk = newDisk("told", { onDurable: ({ what, when }) => void told.push(`${when} ${what}`) });
    const { store } = disk.start();
    const connection = store.open();
    connection.pragma("synchronous = full");
    const insert = connection.prepare("insert into quarantine (source, key, cells) values ('', ?, '')");
    const commits = (act: () => unknown): number => {
      told.length = 0;
      act();
      expect(told.filter((what) => what === "before commit").length).toBe(told.length / 2);
      return told.length / 2;
    };
    const nothing = connection.prepare("delete from quarantine where key = ?");
    expect(commits(() => insert.run("a"))).toBe(1);
    expect(commits(() => nothing.run("none"))).toBe(0);
    expect(commits(() => connection.prepare("select * from quarantine").all())).toBe(0);
    expect(commits(() => connection.exec("create table t (a)"))).toBe(1);
    expect(
      commits(() => connection.prepare("delete from quarantine where key = 'a' returning id").get()),
    ).toBe(1);
    const inner = connection.transaction(() => void insert.run("b"));
    const outer = connection.transaction(() => [insert.run("c"), inner(), inner.immediate()]);
    expect(commits(() => outer.immediate())).toBe(1);
    const failing = connection.transaction(() => {
      insert.run("d");
      throw new Error("on purpose");
    });
    expect(commits(() => expect(() => failing()).toThrow("on purpose"))).toBe(0);
    const byHand = (end: string) => {
      connection.prepare("begin immediate").run();
      insert.run("e");
      connection.prepare(end).run();
    };
    expect(commits(() => byHand("commit"))).toBe(1);
    expect(commits(() => byHand("rollback"))).toBe(0);
    expect(connection.prepare("select key from quarantine").pluck().all()).toEqual(["c", "b", "b", "e"]);
  });
});

describe("failures", () => {
  test("no space: nothing is written, the ballast gives room, and takes it back when there is some", () => {
    const disk = newDisk("full");
    const { store, put, keys, inner } = opened(disk);
    const { journal } = store;
    disk.fill();
    expect(disk.freeBytes()).toBe(0);
    put("on ballast");
    expect(disk.fired.noSpace).toBe(1);
    expect(journal.roomy()).toBe(false);
    disk.fill();
    expect(() => put("no")).toThrow("DISK_FULL");
    expect(keys()).toEqual(["on ballast"]);
    expect(inner.release()).toBe(false);
    disk.clear();
    expect(journal.roomy()).toBe(true);
    put("yes");
    disk.cut();
    expect(found(disk)).toEqual(["on ballast", "yes"]);
  });

  test("a write that fails leaves nothing, and the store finds out from the disk", () => {
    const disk = newDisk();
    const { put, keys, store } = opened(disk);
    put("a");
    disk.fail("writeFails", 1);
    expect(() => put("b")).toThrow("STORE_FAILED");
    expect(store.journal.heal()).toBe(true);
    expect(keys()).toEqual(["a"]);
    expect(disk.fired.writeFails).toBe(1);
  });

  test("a sync that fails leaves the commit there or not, and nobody is told that it is", () => {
    const after = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const disk = newDisk(`eio ${seed}`);
      const { put } = opened(disk);
      disk.fail("syncFails", 1);
      expect(() => put("x")).toThrow("STORE_FAILED");
      expect(disk.fired.syncFails).toBe(1);
      disk.cut();
      after.add(found(disk).join());
    }
    expect(after).toEqual(new Set(["", "x"]));
  });

  test("a disk that may not be written refuses commits, and cannot be opened", () => {
    const disk = newDisk();
    const { put, store } = opened(disk);
    disk.fail("readOnly");
    expect(() => put("x")).toThrow("STORE_FAILED");
    expect([store.journal.heal(), store.journal.roomy()]).toEqual([false, false]);
    disk.mend();
    expect(store.journal.heal()).toBe(true);
    put("x");
    expect(disk.fired.readOnly).toBe(3);
  });

  test("a flipped bit is found out or harmless", () => {
    let found = 0;
    for (let seed = 0; seed < 60; seed++) {
      const disk = newDisk(`flip ${seed}`);
      opened(disk).put(...KEYS);
      disk.kill();
      disk.flipStoreBit();
      try {
        const { state, journal } = openStore(disk.start().store);
        for (const key of KEYS) expect(state.get(key) ?? one).toEqual(one);
        expect(journal.damage()).toEqual([]);
      } catch (error) {
        if (!isFault(error, "JOURNAL_CORRUPT", "JOURNAL_NEWER", "STORE_FAILED")) throw error;
        found++;
      }
    }
    expect(found).toBeGreaterThan(0);
  });
});

test("an image lives its own life", () => {
  const image = blankAgentImage();
  const before = Buffer.from(image);
  opened(newDisk()).put(...KEYS);
  expect(image.equals(before)).toBe(true);
  expect(found(newDisk())).toEqual([]);
});
