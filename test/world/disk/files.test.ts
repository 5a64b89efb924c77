import { seededRandom, type Files } from "@fyr/runtime";
import { describe, expect, test } from "vitest";
import { hostDisk, type Boundary, type HostDisk, type HostDiskOptions } from "./index.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (read: Uint8Array | null): string | null => read && new TextDecoder().decode(read);

const newDisk = (seed = "disk", more: Partial<HostDiskOptions> = {}): HostDisk =>
  hostDisk({ host: "gateway", clock: { wall: () => 7 }, random: seededRandom(seed), ...more });

/** Whether a promise is still open after everything that could settle it ran. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(resolve)).then(() => "open");
  return (await Promise.race([promise, later])) === "open";
}

/** What is found of a file after each of many power cuts that follow `work`. */
async function found(work: (files: Files) => Promise<unknown>, path = "/d/x"): Promise<Set<string | null>> {
  const after = new Set<string | null>();
  for (let seed = 0; seed < 40; seed++) {
    const disk = newDisk(`cut ${seed}`);
    disk.put("/d/x", bytes("old"));
    await work(disk.start().files);
    disk.cut();
    after.add(text(await disk.start().files.read(path)));
  }
  return after;
}

describe("a power cut", () => {
  test("takes nothing of what `replace` and `rename` resolved for", async () => {
    expect(await found((files) => files.replace("/d/x", bytes("new")))).toEqual(new Set(["new"]));
    const renamed = async (files: Files) => {
      await files.replace("/d/y", bytes("moved"));
      await files.rename("/d/y", "/d/x");
    };
    expect(await found(renamed)).toEqual(new Set(["moved"]));
    expect(await found(renamed, "/d/y")).toEqual(new Set([null]));
  });

  test("takes back a file that was written, but whose name was never synced", async () => {
    const sloppy = async (files: Files) => {
      const file = await files.open("/d/new", "write");
      await file.write(bytes("content"), 0);
      await file.sync();
    };
    expect(await found(sloppy, "/d/new")).toEqual(new Set([null, "content"]));
  });

  test("leaves a renamed file that was not synced empty, torn or whole", async () => {
    const sloppy = async (files: Files) => {
      await (await files.open("/d/draft", "write")).write(bytes("new"), 0);
      await files.rename("/d/draft", "/d/x");
    };
    expect(await found(sloppy)).toEqual(new Set(["", "n", "ne", "new"]));
  });

  test("leaves the last unsynced write whole, torn or not at all, and none before it", async () => {
    const work = async (files: Files) => {
      const file = await files.open("/d/x", "write");
      await file.write(bytes("OLD+"), 0);
      await file.sync();
      await file.write(bytes("ab"), 4);
      await file.write(bytes("cd"), 6);
    };
    const lost = "OLD+\0\0";
    expect(await found(work)).toEqual(new Set(["OLD+", lost, `${lost}c`, `${lost}cd`]));
  });

  test("brings back what was removed or cut off without a sync", async () => {
    expect(await found((files) => files.remove("/d/x"))).toEqual(new Set(["old", null]));
    const shorter = async (files: Files) => (await files.open("/d/x", "write")).truncate(1);
    expect(await found(shorter)).toEqual(new Set(["old", "o"]));
  });

  test("is not a kill: the system keeps everything", async () => {
    const disk = newDisk();
    const { files } = disk.start();
    await files.ensureFolder("/d");
    await (await files.open("/d/x", "write")).write(bytes("kept"), 0);
    disk.kill();
    expect(text(await disk.start().files.read("/d/x"))).toBe("kept");
    expect(disk.durableFile("/d/x")).toBeNull();
    disk.cut();
    await disk.start().files.list("/d");
    expect(disk.fired.lostEntry).toBeGreaterThan(0);
  });

  test("of one seed is always the same", async () => {
    const end = async () => {
      const disk = newDisk("same");
      const { files } = disk.start();
      await files.ensureFolder("/d");
      for (const name of ["a", "b", "c", "d"])
        await (await files.open(`/d/${name}`, "write")).write(bytes(name), 0);
      await files.replace("/d/last", bytes("last"));
      disk.cut();
      const after = disk.start().files;
      return Promise.all(
        (await after.list("/d")).map(async (name) => [name, text(await after.read(`/d/${name}`))]),
      );
    };
    expect(await end()).toEqual(await end());
  });
});

describe("boundaries", () => {
  test("are told in order, and a cut at one is a cut there", async () => {
    const steps: string[] = [];
    const listen = ({ what, when }: Boundary) => void steps.push(`${when} ${what}`);
    const disk = newDisk("order", { onDurable: listen });
    disk.put("/d/x", bytes("old"));
    await disk.start().files.replace("/d/x", bytes("new"));
    const order = ["before file /d/x.new", "after file /d/x.new", "before folder /d", "after folder /d"];
    expect(steps).toEqual(order);

    for (const [at, step] of order.entries()) {
      const after = new Set<string | null>();
      for (let seed = 0; seed < 20; seed++) {
        const cut: HostDisk = newDisk(`${step} ${seed}`, {
          onDurable: ({ what, when }) => void (`${when} ${what}` === step && cut.cut()),
        });
        cut.put("/d/x", bytes("old"));
        expect(await isOpen(cut.start().files.replace("/d/x", bytes("new")))).toBe(true);
        expect(cut.isRunning).toBe(false);
        after.add(text(await cut.start().files.read("/d/x")));
      }
      expect(after).toEqual(new Set([["old"], ["old"], ["old", "new"], ["new"]][at]));
    }
  });
});

describe("a dead process", () => {
  test("never hears again, and changes nothing by what it held", async () => {
    const disk = newDisk();
    disk.put("/d/x", bytes("old"));
    const { files } = disk.start();
    const file = await files.open("/d/x", "write");
    disk.kill();
    const { files: next } = disk.start();
    for (const call of [
      file.write(bytes("dead"), 0),
      file.sync(),
      files.replace("/d/x", bytes("dead")),
      files.remove("/d/x"),
      files.read("/d/x"),
    ])
      expect(await isOpen(call)).toBe(true);
    expect(text(await next.read("/d/x"))).toBe("old");
    expect(() => disk.start()).toThrow("a process runs on gateway already");
  });
});

describe("failures", () => {
  test("no space: what fits is written, replace leaves the old file, and space comes back", async () => {
    const disk = newDisk("full", { capacityBytes: 100, ballastBytes: 0 });
    disk.put("/d/x", bytes("old"));
    const { files } = disk.start();
    expect(await files.freeBytes("/d")).toBe(97);
    disk.fill(2);
    await expect(files.replace("/d/x", bytes("longer"))).rejects.toMatchObject({ code: "ENOSPC" });
    expect([text(await files.read("/d/x")), await files.list("/d")]).toEqual(["old", ["x"]]);
    const file = await files.open("/d/x", "write");
    await expect(file.write(bytes("abcd"), 3)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(text(await files.read("/d/x"))).toBe("oldab");
    expect(disk.fired.noSpace).toBe(2);
    disk.clear();
    await file.write(bytes("abcd"), 3);
    expect(await files.freeBytes("/d")).toBe(93);
  });

  test("a sync that fails: the data got there, or never will", async () => {
    const after = new Set<string | null>();
    for (let seed = 0; seed < 20; seed++) {
      const disk = newDisk(`eio ${seed}`);
      disk.put("/d/x", bytes("old"));
      const file = await disk.start().files.open("/d/x", "write");
      await file.write(bytes("new"), 0);
      disk.fail("syncFails", 1);
      await expect(file.sync()).rejects.toMatchObject({ code: "EIO" });
      await file.sync();
      expect(disk.fired.syncFails).toBe(1);
      disk.cut();
      after.add(text(await disk.start().files.read("/d/x")));
    }
    expect(after).toEqual(new Set(["old", "new"]));
  });

  test("a folder sync that fails: the name is there, or is not", async () => {
    const after = new Set<string | null>();
    for (let seed = 0; seed < 20; seed++) {
      const disk: HostDisk = newDisk(`eio ${seed}`, {
        onDurable: ({ what, when }) =>
          void (what.startsWith("file") && when === "after" && disk.fail("syncFails", 1)),
      });
      disk.put("/d/x", bytes("old"));
      await expect(disk.start().files.replace("/d/x", bytes("new"))).rejects.toMatchObject({ code: "EIO" });
      disk.cut();
      after.add(text(await disk.start().files.read("/d/x")));
    }
    expect(after).toEqual(new Set(["old", "new"]));
  });

  test("a write that fails, and a disk that may not be written", async () => {
    const disk = newDisk();
    disk.put("/d/x", bytes("old"));
    const { files } = disk.start();
    disk.fail("writeFails", 1);
    await expect(files.replace("/d/x", bytes("new"))).rejects.toMatchObject({ code: "EIO" });
    disk.fail("readOnly");
    for (const refused of [
      () => files.replace("/d/x", bytes("new")),
      () => files.remove("/d/x"),
      () => files.open("/d/y", "write"),
      () => files.ensureFolder("/e"),
      () => files.rename("/d/x", "/d/y"),
    ])
      await expect(refused()).rejects.toMatchObject({ code: "EROFS" });
    expect(text(await files.read("/d/x"))).toBe("old");
    disk.mend();
    await files.replace("/d/x", bytes("new"));
    expect(disk.fired.writeFails).toBe(1);
    expect(disk.fired.readOnly).toBeGreaterThanOrEqual(5);
  });

  test("a flipped bit is one bit, for readers and after a power cut", async () => {
    const disk = newDisk();
    disk.put("/d/x", bytes("aaaaaaaa"));
    expect([disk.flipBit("/d/x"), disk.flipBit("/d/none")]).toEqual([true, false]);
    const [read, durable] = [await disk.start().files.read("/d/x"), disk.durableFile("/d/x")];
    expect(read).toEqual(durable);
    const flipped = Array.from(read ?? [])
      .map((byte) => byte ^ 0x61)
      .filter((byte) => byte !== 0);
    expect(flipped).toHaveLength(1);
    expect(Math.log2(flipped[0] ?? 0) % 1).toBe(0);
    expect(disk.fired.bitFlip).toBe(1);
  });
});

test("is a file system as the real one is: names, folders, codes", async () => {
  const { files } = newDisk().start();
  await files.ensureFolder("/a/b");
  for (const name of ["b", "a", "C"]) await files.replace(`/a/b/${name}`, bytes(name));
  expect([await files.list("/a/b"), await files.list("/a"), await files.list("/none")]).toEqual([
    ["C", "a", "b"],
    ["b"],
    [],
  ]);
  expect([await files.read("/none"), await files.stat("/none")]).toEqual([null, null]);
  expect(await files.stat("/a/b/a")).toEqual({ sizeBytes: 1, modifiedMs: 7 });
  await files.remove("/none");
  await expect(files.open("/a/none", "read")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(files.replace("/none/x", bytes("x"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(files.rename("/a/none", "/a/x")).rejects.toMatchObject({ code: "ENOENT" });
  await expect(files.read("/a")).rejects.toMatchObject({ code: "EISDIR" });
  const file = await files.open("/a/b/a", "read");
  const into = new Uint8Array(4);
  expect([await file.read(into, 0), await file.read(into, 1)]).toEqual([1, 0]);
  await expect(file.write(bytes("x"), 0)).rejects.toMatchObject({ code: "EBADF" });
  await file.close();
  await expect(file.read(into, 0)).rejects.toMatchObject({ code: "EBADF" });
  await files.remove("/a/b");
  expect(await files.list("/a")).toEqual([]);
});
