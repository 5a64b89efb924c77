import { createHash } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageFacts } from "@fyr/certs";
import { CHUNK_BYTES, Digest, Fault, isFault } from "@fyr/protocol";
import { seededRandom, silentLog, systemClock, systemFiles, type Clock, type Files } from "@fyr/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HubLink, StagedImage, StateStore } from "../ports.ts";
import { memoryStore } from "../vapix/testing/memory-store.ts";
import { createImageCache } from "./image-cache.ts";

const MIB = 1024 * 1024;
const never = new AbortController().signal;

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "fyr-cache-"))));
afterEach(() => rm(folder, { recursive: true }));

interface Published {
  readonly bytes: Buffer;
  readonly list: Buffer;
  readonly facts: ImageFacts;
}

function publish(sizeBytes: number, seed = "image"): Published {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 4096)
    bytes.write(createHash("sha256").update(`${seed}${at}`).digest("hex"), at);
  const hash = (algorithm: string, of: Uint8Array) => createHash(algorithm).update(of).digest();
  const pieces = Array.from({ length: Math.ceil(sizeBytes / CHUNK_BYTES) }, (_, index) =>
    hash("sha256", bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
  );
  const list = Buffer.concat(pieces);
  const facts: ImageFacts = {
    product: "camera",
    models: ["P3265-V"],
    hardwareIds: [],
    version: "12.11.77",
    releaseCounter: 1,
    upgradeableFrom: [],
    mandatorySteps: [],
    withdrawn: false,
    chunkSizeBytes: CHUNK_BYTES,
    chunksSha256: Digest.parse(hash("sha256", list).toString("hex")),
    notes: "",
    digest: Digest.parse(hash("sha256", bytes).toString("hex")),
    sha512: hash("sha512", bytes).toString("hex"),
    sizeBytes,
  };
  return { bytes, list, facts };
}

type Serve = HubLink["imageRange"];

/** A hub in memory that counts what it sends; `cut` breaks the line at chosen places. */
function hubOf(images: readonly Published[], serve?: (real: Serve) => Serve) {
  const hub = { sentBytes: 0, lists: 0 };
  const real: Serve = async (digest, from, to, take) => {
    const image = images.find(({ facts }) => facts.digest === digest);
    if (!image) throw new Fault("NOT_FOUND");
    for (let at = from; at < to; at += 100_000) {
      const piece = Uint8Array.from(image.bytes.subarray(at, Math.min(to, at + 100_000)));
      hub.sentBytes += piece.length;
      await take(piece);
    }
  };
  return Object.assign(hub, {
    chunkHashes: async (digest: Digest) => {
      hub.lists++;
      const image = images.find(({ facts }) => facts.digest === digest);
      if (!image) throw new Fault("NOT_FOUND");
      return Uint8Array.from(image.list);
    },
    imageRange: serve ? serve(real) : real,
  });
}

/** Time in which pauses cost nothing. */
const hasty: Clock = { ...systemClock, after: (_, act) => systemClock.after(0, act) };

function cacheOf(
  hub: ReturnType<typeof hubOf>,
  given: { files?: Files; store?: StateStore; keepFreeBytes?: number } = {},
) {
  const ports = {
    hub,
    files: systemFiles,
    clock: hasty,
    random: seededRandom("cache"),
    store: memoryStore(),
    log: silentLog,
    ...given,
  };
  return createImageCache(ports, { folder, keepFreeBytes: given.keepFreeBytes ?? 0 });
}

async function read(image: StagedImage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of image.body().chunks()) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

const quiet = () => {};

test("an image comes once, however many ask, and is read back whole", async () => {
  const image = publish(9 * MIB + 12_345);
  const hub = hubOf([image]);
  const cache = cacheOf(hub);
  const heard: number[] = [];
  const staged = await Promise.all(
    ["a", "b", "c"].map((pin) => cache.stage(image.facts, pin, (done) => heard.push(done), never)),
  );
  expect(hub.sentBytes).toBe(image.facts.sizeBytes);
  expect(heard.at(-1)).toBe(image.facts.sizeBytes);
  for (const each of staged) expect((await read(each)).equals(image.bytes)).toBe(true);
  expect(await readdir(folder)).toEqual([`${image.facts.digest}.bin`]);
});

test("a line that breaks again and again costs no byte twice", async () => {
  const image = publish(20 * MIB);
  let calls = 0;
  const hub = hubOf([image], (real) => async (digest, from, to, take, signal) => {
    if (++calls % 3 === 0) throw new Fault("HUB_UNREACHABLE");
    const broken = from + 1_234_567;
    await real(digest, from, Math.min(to, broken), take, signal);
    if (broken < to) throw new Fault("HUB_UNREACHABLE");
  });
  const staged = await cacheOf(hub).stage(image.facts, "job", quiet, never);
  expect((await read(staged)).equals(image.bytes)).toBe(true);
  expect(hub.sentBytes).toBe(image.facts.sizeBytes);
});

test("a process that ends in the middle loses at most a piece", async () => {
  const image = publish(16 * MIB);
  const stop = new AbortController();
  const first = hubOf([image]);
  const ended = cacheOf(first).stage(
    image.facts,
    "job",
    (done) => done > 7.3 * MIB && stop.abort(new Error("killed")),
    stop.signal,
  );
  await expect(ended).rejects.toThrow("killed");
  const second = hubOf([image]);
  await cacheOf(second).stage(image.facts, "job", quiet, never);
  expect(second.sentBytes).toBeLessThanOrEqual(image.facts.sizeBytes - 6 * MIB);
  expect(first.sentBytes + second.sentBytes).toBeLessThanOrEqual(image.facts.sizeBytes + MIB);
  expect(second.lists).toBe(0);
});

test("what a power cut tore is found by its pieces and fetched again, and nothing else", async () => {
  const image = publish(8 * MIB);
  const part = join(folder, `${image.facts.digest}.part`);
  const torn = Buffer.from(image.bytes.subarray(0, 6 * MIB + 500_000));
  torn.fill(0, 5 * MIB + 10, 5 * MIB + 20);
  await writeFile(part, torn);
  const hub = hubOf([image]);
  const staged = await cacheOf(hub).stage(image.facts, "job", quiet, never);
  expect((await read(staged)).equals(image.bytes)).toBe(true);
  expect(hub.sentBytes).toBe(3 * MIB);
});

test("a partial file that is longer than the image is cut to what is good", async () => {
  const image = publish(3 * MIB);
  await writeFile(join(folder, `${image.facts.digest}.part`), Buffer.concat([image.bytes, Buffer.alloc(77)]));
  const hub = hubOf([image]);
  const staged = await cacheOf(hub).stage(image.facts, "job", quiet, never);
  expect((await read(staged)).equals(image.bytes)).toBe(true);
  expect({ sent: hub.sentBytes, size: (await stat(join(folder, `${image.facts.digest}.bin`))).size }).toEqual(
    {
      sent: 0,
      size: image.facts.sizeBytes,
    },
  );
});

test("an unfinished last piece that was torn costs that piece alone", async () => {
  const image = publish(4 * MIB);
  const torn = Buffer.from(image.bytes.subarray(0, 2 * MIB + 500_000));
  torn.fill(0, 2 * MIB + 10);
  await writeFile(join(folder, `${image.facts.digest}.part`), torn);
  const hub = hubOf([image]);
  const staged = await cacheOf(hub).stage(image.facts, "job", quiet, never);
  expect((await read(staged)).equals(image.bytes)).toBe(true);
  expect(hub.sentBytes).toBeLessThan(2 * MIB - 500_000 + MIB + 100_000);
});

test.each([
  [2, "stages"],
  [3, "IMAGE_CORRUPT"],
])("a piece that comes wrong %i times: %s", async (times, expected) => {
  const image = publish(6 * MIB);
  let wrong = 0;
  const hub = hubOf([image], (real) => async (digest, from, to, take, signal) => {
    let at = from;
    const spoil = async (bytes: Uint8Array) => {
      const hit = 3 * MIB + 5 - at;
      at += bytes.length;
      if (hit >= 0 && hit < bytes.length && wrong < times) bytes[hit]! ^= ++wrong;
      await take(bytes);
    };
    await real(digest, from, to, spoil, signal);
  });
  const staged = await cacheOf(hub)
    .stage(image.facts, "job", quiet, never)
    .then(
      () => "stages",
      (error: Fault) => error.code,
    );
  expect({ staged, wrong }).toEqual({ staged: expected, wrong: times });
  expect(await readdir(folder)).toEqual(expected === "stages" ? [`${image.facts.digest}.bin`] : []);
});

test("pieces that the publishers did not sign are not asked for", async () => {
  const image = publish(3 * MIB);
  const forged = { ...image, list: Buffer.alloc(image.list.length, 1) };
  const hub = hubOf([forged]);
  await expect(cacheOf(hub).stage(image.facts, "job", quiet, never)).rejects.toMatchObject({
    code: "IMAGE_CORRUPT",
  });
  expect(hub.sentBytes).toBe(0);
});

test("a hub that stays away makes the image unavailable, and keeps what came", async () => {
  const image = publish(8 * MIB);
  let up = true;
  const hub = hubOf([image], (real) => async (digest, from, to, take, signal) => {
    if (!up || from >= 4 * MIB) throw new Fault("HUB_UNREACHABLE");
    await real(digest, from, to, take, signal);
  });
  await expect(cacheOf(hub).stage(image.facts, "job", quiet, never)).rejects.toSatisfy((error) =>
    isFault(error, "IMAGE_UNAVAILABLE"),
  );
  up = false;
  expect((await stat(join(folder, `${image.facts.digest}.part`))).size).toBe(4 * MIB);
});

test.each([0, 5 * MIB, 8 * MIB - 1, 8 * MIB - 700_000])(
  "an image flipped on the disk at byte %i never gives its last bytes, and is fetched again",
  async (at) => {
    const image = publish(8 * MIB);
    const hub = hubOf([image]);
    const cache = cacheOf(hub);
    const staged = await cache.stage(image.facts, "job", quiet, never);
    const file = await open(join(folder, `${image.facts.digest}.bin`), "r+");
    await file.write(Buffer.from([image.bytes[at]! ^ 1]), 0, 1, at);
    await file.close();
    let givenBytes = 0;
    const reading = async () => {
      for await (const chunk of staged.body().chunks()) givenBytes += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: "IMAGE_CORRUPT" });
    expect(givenBytes).toBeLessThanOrEqual(7 * MIB);
    expect((await read(await cache.stage(image.facts, "job", quiet, never))).equals(image.bytes)).toBe(true);
  },
);

test("an image that was cut short on the disk is found at the next start", async () => {
  const image = publish(2 * MIB);
  await cacheOf(hubOf([image])).stage(image.facts, "job", quiet, never);
  await truncate(join(folder, `${image.facts.digest}.bin`), MIB);
  const hub = hubOf([image]);
  const staged = await cacheOf(hub).stage(image.facts, "job", quiet, never);
  expect((await read(staged)).equals(image.bytes)).toBe(true);
});

test("a full disk: what nobody holds goes, longest unused first; then the need is named", async () => {
  const published = ["1", "2", "3", "4"].map((seed) => publish(2 * MIB, seed));
  // The order of use must decide, not that of the names.
  const byName = published.sort((a, b) => (a.facts.digest < b.facts.digest ? -1 : 1));
  const [one, two, three, four] = byName as [Published, Published, Published, Published];
  const disk = 5 * MIB;
  const files: Files = {
    ...systemFiles,
    async freeBytes(path) {
      const sizes = await Promise.all(
        (await readdir(path)).map(async (name) => (await stat(join(path, name))).size),
      );
      return disk - sizes.reduce((sum, size) => sum + size, 0);
    },
  };
  const store = memoryStore();
  const cache = cacheOf(hubOf([one, two, three, four]), { files, store });
  await cache.stage(one.facts, "job 1", quiet, never);
  await cache.stage(two.facts, "job 2", quiet, never);
  cache.release("job 1");
  cache.release("job 2");
  await cache.stage(one.facts, "job 3", quiet, never);
  cache.release("job 3");
  await cache.stage(three.facts, "job 4", quiet, never);
  expect((await readdir(folder)).sort()).toEqual(
    [`${one.facts.digest}.bin`, `${three.facts.digest}.bin`].sort(),
  );
  await cache.stage(one.facts, "job 3", quiet, never);
  const again = cacheOf(hubOf([four]), { files, store });
  const full = again.stage(four.facts, "job 5", quiet, never);
  await expect(full).rejects.toMatchObject({
    code: "DISK_FULL",
    details: { neededBytes: Math.ceil(2.2 * MIB), freeBytes: MIB },
  });
  expect(await again.freeBytes()).toBe(MIB);
  expect(await cacheOf(hubOf([]), { files, store, keepFreeBytes: MIB / 4 }).freeBytes()).toBe(0.75 * MIB);
  again.release("job 4");
  expect(await again.freeBytes()).toBeGreaterThanOrEqual(3 * MIB);
  await again.stage(four.facts, "job 5", quiet, never);
});

test("a disk that fills up while it is written to", async () => {
  const image = publish(4 * MIB);
  const files: Files = {
    ...systemFiles,
    async open(path, mode) {
      const file = await systemFiles.open(path, mode);
      const full = Object.assign(new Error("full"), { code: "ENOSPC" });
      return { ...file, write: (bytes, at) => (at > 2 * MIB ? Promise.reject(full) : file.write(bytes, at)) };
    },
  };
  const staging = cacheOf(hubOf([image]), { files }).stage(image.facts, "job", quiet, never);
  await expect(staging).rejects.toMatchObject({ code: "DISK_FULL" });
});

/** A hub that serves nothing before `open` is called, and does not care who has left. */
function gatedHub(image: Published) {
  const gate = Promise.withResolvers<void>();
  const hub = hubOf([image], (real) => async (...request) => {
    await gate.promise;
    await real(...request);
  });
  return { hub, open: () => gate.resolve() };
}

test("an earlier one who leaves does not stop the work, the last one does", async () => {
  const image = publish(9 * MIB);
  const { hub, open: openGate } = gatedHub(image);
  const cache = cacheOf(hub);
  const [first, second] = [new AbortController(), new AbortController()];
  const leaving = cache.stage(image.facts, "a", quiet, first.signal);
  const staying = cache.stage(
    image.facts,
    "b",
    (done) => done > 5 * MIB && second.abort(new Error("late")),
    second.signal,
  );
  setTimeout(() => first.abort(new Error("cancelled")), 30);
  await expect(leaving).rejects.toThrow("cancelled");
  openGate();
  await expect(staying).rejects.toThrow("late");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(hub.sentBytes).toBeLessThan(9 * MIB);
  expect(hub.sentBytes).toBeGreaterThan(5 * MIB);
});

test("one who comes while another gives up waits until the files are free", async () => {
  const image = publish(5 * MIB);
  const { hub, open: openGate } = gatedHub(image);
  const cache = cacheOf(hub);
  const stop = new AbortController();
  const given = cache.stage(image.facts, "a", quiet, stop.signal);
  setTimeout(() => stop.abort(new Error("cancelled")), 30);
  await expect(given).rejects.toThrow("cancelled");
  const staging = cache.stage(image.facts, "b", quiet, never);
  setTimeout(openGate, 30);
  expect((await read(await staging)).equals(image.bytes)).toBe(true);
  expect(await readFile(join(folder, `${image.facts.digest}.bin`))).toHaveLength(image.facts.sizeBytes);
});
