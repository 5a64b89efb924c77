import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addImages, initRepository, resign, updateMetadata, withdraw, type SigningKey } from "@fyr/certs";
import { packedImage, rawImage, testImage, testSigningKey } from "@fyr/certs/testing";
import { CHUNK_BYTES, Digest, SignedDocument } from "@fyr/protocol";
import { silentLog, systemFiles, systemRandom, uuid7Ids, type Files } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLibrary, type ImageLibrary } from "./library.ts";
import type { ReleaseKeys } from "./metadata.ts";

/** Patient: other tests share the machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 5 });

const DAY_MS = 24 * 60 * 60 * 1000;
const keys = {
  root: testSigningKey("root"),
  targets: testSigningKey("targets"),
  online: testSigningKey("online"),
};
const image = await packedImage("zstd", { version: "12.11.77", content: systemRandom.bytes(2_500_000) });
const nobody = { models: [], hardwareIds: [] };

let folder: string;
let clock: ReturnType<typeof fakeClock>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-library-"));
  clock = fakeClock();
  const one = (key: SigningKey) => ({ keys: [key.key], threshold: 1 });
  const roles = {
    root: one(keys.root),
    targets: one(keys.targets),
    snapshot: one(keys.online),
    timestamp: one(keys.online),
  };
  await initRepository(metadataOf(), roles, [keys.root, keys.targets], clock.wall());
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const metadataOf = (place = "metadata") => ({ files: systemFiles, folder: join(folder, place) });

const open = (held: Partial<ReleaseKeys> = {}, files: Files = systemFiles): Promise<ImageLibrary> =>
  openLibrary({
    files,
    clock,
    ids: uuid7Ids(clock, systemRandom),
    log: silentLog,
    keys: { ...keys, ...held },
    imagesFolder: join(folder, "images"),
    metadataFolder: join(folder, "metadata"),
  });

const limits = { announcedBytes: null, maxBytes: 50_000_000, spareBytes: 0 };

async function* pieces(bytes: Uint8Array, sizeBytes = 65_537): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

/** What an agent that enrols now would take from what is served. */
async function agentSees(library: ImageLibrary) {
  const root = Buffer.from(JSON.stringify(library.firstRoot));
  const fetch = (name: string) => library.shelf.metadata(name).catch(() => null);
  return updateMetadata({ root, timestamp: null, snapshot: null, targets: null }, fetch, clock.wall());
}

/** Every file below the data folder with its content. */
async function everything(): Promise<Map<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(paths.sort().map(async (path) => [path, await readFile(path, "base64")] as const)),
  );
}

test("an imported image is listed, verifiable, and served with the hashes of its pieces", async () => {
  const library = await open();
  const facts = await library.import(pieces(image), nobody, { ...limits, announcedBytes: image.length });
  expect(facts).toMatchObject({
    version: "12.11.77",
    models: ["P3265-V"],
    sizeBytes: image.length,
    withdrawn: false,
  });
  expect(library.facts(facts.digest)).toEqual(facts);
  expect((await agentSees(library)).images?.all()).toEqual([facts]);
  const { file, sizeBytes } = await library.shelf.open(facts.digest);
  const read = Buffer.alloc(sizeBytes);
  for (let at = 0; at < sizeBytes;) at += await file.read(read.subarray(at), at);
  await file.close();
  expect(read.equals(image)).toBe(true);
  expect((await library.shelf.chunks(facts.digest)).length).toBe(32 * Math.ceil(image.length / CHUNK_BYTES));
});

test("importing an image again changes nothing on disk", async () => {
  const library = await open();
  const facts = await library.import(pieces(image), nobody, limits);
  const before = await everything();
  expect(await library.import(pieces(image, 1_000), { models: ["other"], hardwareIds: [] }, limits)).toEqual(
    facts,
  );
  expect(await everything()).toEqual(before);
});

test("two imports at once are both listed", async () => {
  const library = await open();
  const named = { models: ["P3245-V"], hardwareIds: [] };
  const raws = ["9.80.1", "9.80.2", "9.80.3"].map((version) => rawImage(version));
  await Promise.all(raws.map((raw) => library.import(pieces(raw), named, limits)));
  expect(
    library
      .all()
      .map(({ version }) => version)
      .sort(),
  ).toEqual(["9.80.1", "9.80.2", "9.80.3"]);
  expect((await open()).all()).toHaveLength(3);
});

const spoiled = (bytes: Buffer, at: number): Buffer =>
  Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));

test.each([
  ["empty", Buffer.alloc(0), {}, "IMAGE_TRUNCATED"],
  ["of unknown format", Buffer.alloc(5_000, "x"), {}, "IMAGE_FORMAT"],
  ["cut short", image.subarray(0, 1_000_000), {}, "IMAGE_TRUNCATED"],
  ["shorter than announced", image, { announcedBytes: image.length + 1 }, "IMAGE_TRUNCATED"],
  [
    "damaged",
    spoiled(await packedImage("gzip", { content: systemRandom.bytes(500_000) }), 300_000),
    {},
    "IMAGE_CORRUPT",
  ],
  ["too large", image, { maxBytes: 1_000 }, "IMAGE_TOO_LARGE"],
  ["announced too large", image, { maxBytes: 1_000, announcedBytes: 1_001 }, "IMAGE_TOO_LARGE"],
  ["for no model", rawImage("9.80.3.9"), {}, "IMAGE_MODEL_UNNAMED"],
])("an image that is %s is refused and leaves nothing", async (_name, bytes, limit, code) => {
  const library = await open();
  const before = await everything();
  const imported = library.import(pieces(bytes), nobody, { ...limits, ...limit });
  await expect(imported).rejects.toMatchObject({ code });
  expect(await everything()).toEqual(before);
});

test("a sender that breaks off leaves nothing", async () => {
  const library = await open();
  const before = await everything();
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield image.subarray(0, 100_000);
    throw new Error("socket hang up");
  }
  await expect(library.import(broken(), nobody, limits)).rejects.toThrow("socket hang up");
  expect(await everything()).toEqual(before);
});

test("what an earlier process received and did not keep is removed at the next start", async () => {
  const library = await open();
  await library.import(pieces(image), nobody, limits);
  await writeFile(join(folder, "images", "incoming", "half"), "half");
  await open();
  expect(await readdir(join(folder, "images", "incoming"))).toEqual([]);
});

const full = () => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });

/** A disk that is full from the n-th thing on that anybody writes to it. */
function fullAfter(writes: number): Files & { reached(): boolean } {
  let left = writes;
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left-- <= 0) throw full();
    return work();
  };
  return {
    ...systemFiles,
    reached: () => left < 0,
    replace: (...args) => write(() => systemFiles.replace(...args)),
    rename: (...args) => write(() => systemFiles.rename(...args)),
    async open(path, mode) {
      const file = await systemFiles.open(path, mode);
      return {
        ...file,
        write: (...args) => write(() => file.write(...args)),
        sync: () => write(() => file.sync()),
      };
    },
  };
}

test("a disk that is full at any moment loses nothing, and the import goes through once there is room", async () => {
  const first = await open();
  await first.import(pieces(rawImage("9.80.1")), { models: ["P3245-V"], hardwareIds: [] }, limits);
  for (let writes = 0; ; writes++) {
    const disk = fullAfter(writes);
    const library = await open({}, disk);
    const imported = await library
      .import(pieces(image, 1_000_000), nobody, limits)
      .catch((error: unknown) => error);
    if (!disk.reached()) break;
    expect(imported).toMatchObject({ code: "HUB_DISK_FULL" });
    const later = await open();
    expect(later.all().map(({ version }) => version)).toContain("9.80.1");
    expect((await agentSees(later)).fault).toBeNull();
    await later.shelf.metadata("timestamp.json");
  }
  expect((await open()).all()).toHaveLength(2);
});

test("without room the import is refused before a byte is written", async () => {
  const opened: string[] = [];
  const library = await open(
    {},
    {
      ...systemFiles,
      freeBytes: async () => 10_000,
      open: (path, mode) => {
        opened.push(path);
        return systemFiles.open(path, mode);
      },
    },
  );
  const wish = { ...limits, announcedBytes: 9_000, spareBytes: 2_000 };
  await expect(library.import(pieces(image), nobody, wish)).rejects.toMatchObject({ code: "HUB_DISK_FULL" });
  expect(opened).toEqual([]);
});

/** Publishes elsewhere: a folder of the publishers' own, from what the hub has published. */
async function publishersFolder(): Promise<ReturnType<typeof metadataOf>> {
  const repository = metadataOf("publishers");
  await systemFiles.ensureFolder(repository.folder);
  for (const name of await readdir(join(folder, "metadata"))) {
    await writeFile(join(repository.folder, name), await readFile(join(folder, "metadata", name)));
  }
  return repository;
}

async function signedIn({ folder: place }: { folder: string }): Promise<Map<string, SignedDocument>> {
  const names = (await readdir(place)).filter((name) => /^\d+\.(root|targets)\.json$/.test(name));
  const read = async (name: string) =>
    [name, SignedDocument.parse(JSON.parse(await readFile(join(place, name), "utf8")))] as const;
  return new Map(await Promise.all(names.map(read)));
}

test("where publishers sign elsewhere, only what they signed can be imported", async () => {
  const offline = { root: null, targets: null };
  const library = await open(offline);
  const before = await everything();
  await expect(library.import(pieces(image), nobody, limits)).rejects.toMatchObject({
    code: "PUBLISHER_KEY_MISSING",
  });
  expect(await everything()).toEqual(before);

  const elsewhere = await publishersFolder();
  const facts = await (await openElsewhere(elsewhere)).import(pieces(image), nobody, limits);
  await library.publish(await signedIn(elsewhere));
  expect(library.facts(facts.digest)).toEqual(facts);
  await expect(library.shelf.open(facts.digest)).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  expect(await library.import(pieces(image), nobody, limits)).toEqual(facts);
  expect((await agentSees(library)).images?.all()).toEqual([facts]);
});

const openElsewhere = (repository: { folder: string }): Promise<ImageLibrary> =>
  openLibrary({
    files: systemFiles,
    clock,
    ids: uuid7Ids(clock, systemRandom),
    log: silentLog,
    keys,
    imagesFolder: join(folder, "publishers-images"),
    metadataFolder: repository.folder,
  });

test("a withdrawn image is not handed out any more", async () => {
  const library = await open({ targets: null });
  const elsewhere = await publishersFolder();
  const facts = await (await openElsewhere(elsewhere)).import(pieces(image), nobody, limits);
  await library.publish(await signedIn(elsewhere));
  await library.import(pieces(image), nobody, limits);
  await withdraw(elsewhere, [facts.digest], [keys.targets], clock.wall());
  await library.publish(await signedIn(elsewhere));
  expect(library.facts(facts.digest)?.withdrawn).toBe(true);
  await expect(library.shelf.open(facts.digest)).rejects.toMatchObject({ code: "IMAGE_WITHDRAWN" });
  await expect(library.shelf.chunks(facts.digest)).rejects.toMatchObject({ code: "IMAGE_WITHDRAWN" });
});

test.each([
  ["signed by a stranger", "METADATA_SIGNATURE", () => [testSigningKey("stranger")]],
  ["not signed at all", "METADATA_SIGNATURE", () => []],
] as const)("metadata %s is refused and changes nothing", async (_name, code, signers) => {
  const library = await open();
  const elsewhere = await publishersFolder();
  await addImages(elsewhere, [testImage()], [keys.targets], clock.wall());
  const signed = await signedIn(elsewhere);
  const forged = structuredClone(signed.get("2.targets.json")!);
  const strange = await signedBy(forged, signers());
  const before = await everything();
  await expect(library.publish(new Map([["2.targets.json", strange]]))).rejects.toMatchObject({ code });
  expect(await everything()).toEqual(before);
  expect(library.all()).toEqual([]);
});

async function signedBy(document: SignedDocument, signers: readonly SigningKey[]): Promise<SignedDocument> {
  const { signOrder } = await import("@fyr/certs");
  const some = signers.map((key) => signOrder(key, { agentId: "x", sequence: 1, expiresMs: 1, body: null }));
  return { signed: document.signed, signatures: some.flatMap(({ signatures }) => signatures) };
}

test("published metadata is never replaced, and only publishers' files are taken", async () => {
  const library = await open();
  const [root] = [...(await signedIn(metadataOf()))].filter(([name]) => name === "1.root.json");
  const other = { signed: { ...root![1].signed, version: 1, extra: true }, signatures: [] };
  for (const [name, document] of [
    ["1.root.json", other],
    ["timestamp.json", root![1]],
    ["../1.root.json", root![1]],
    ["2.snapshot.json", root![1]],
  ] as const) {
    const published = library.publish(new Map([[name, document]]));
    await expect(published).rejects.toMatchObject({ code: "METADATA_MISMATCH" });
  }
  expect((await agentSees(library)).fault).toBeNull();
});

test("what is newest is said again in time, for as long as the publishers' word lasts", async () => {
  const library = await open();
  await library.import(pieces(image), nobody, limits);
  library.start();
  for (let day = 0; day < 400; day += 10) {
    await clock.advance(10 * DAY_MS);
    // Signing reads and writes real files, for which the virtual clock does not wait.
    await eventually(async () => {
      await clock.advance(10 * 60_000);
      return (await agentSees(library)).fault;
    }).toBeNull();
  }
  library.stop();
  expect(library.all()).toHaveLength(1);
});

test("a list that publishers let expire still names its images, for the jobs under way", async () => {
  const facts = await (await open()).import(pieces(image), nobody, limits);
  await clock.advance(91 * DAY_MS);
  const library = await open({ root: null, targets: null });
  expect(library.facts(facts.digest)).toEqual(facts);
  expect((await agentSees(library)).fault).toMatchObject({ code: "METADATA_EXPIRED" });
  const elsewhere = await publishersFolder();
  await resign(elsewhere, [keys.targets], clock.wall());
  await library.publish(await signedIn(elsewhere));
  expect((await agentSees(library)).fault).toBeNull();
});

test("an unknown digest has no bytes, no pieces and no facts", async () => {
  const library = await open();
  const digest = Digest.parse("ab".repeat(32));
  expect(library.facts(digest)).toBeNull();
  await expect(library.shelf.open(digest)).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  await expect(library.shelf.chunks(digest)).rejects.toMatchObject({ code: "IMAGE_UNKNOWN" });
  await expect(library.shelf.metadata("9.root.json")).rejects.toMatchObject({ code: "METADATA_MISSING" });
});
