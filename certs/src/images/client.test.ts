import { createHash } from "node:crypto";
import { AxisVersion, isFault, type FaultCode } from "@fyr/protocol";
import { beforeEach, expect, test } from "vitest";
import {
  testImage,
  testRepository,
  testSigningKey,
  type TestRepository,
} from "../testing/test-repository.ts";
import { openMetadata, updateMetadata } from "./client.ts";
import { imageIndex } from "./image-index.ts";
import { LIFE_MS, MAX_BYTES } from "./metadata.ts";
import { refreshOnline } from "./online.ts";
import { addImages, resign, rotateRootKeys, withdraw } from "./publish.ts";
import { signDocument, type SigningKey } from "./signing-key.ts";
import { signedTimeFloor, type FetchMetadata, type TrustedMetadata } from "./trusted.ts";

const DAY = 86_400_000;
const now = Date.UTC(2026, 0, 1);
const camera = testImage();
const doorStation = testImage({ models: ["I8116-E"], version: AxisVersion.parse("12.4.2") });

let publisher: TestRepository;
beforeEach(async () => {
  publisher = await testRepository(now, { people: 3 });
  await addImages(publisher.repository, [camera], publisher.publishers, now);
  await publisher.refresh(now);
});

/** What is served, with some files replaced. */
const serving =
  (changed: Record<string, Uint8Array | null>, { fetch } = publisher): FetchMetadata =>
  async (name, maxBytes) =>
    name in changed ? (changed[name] ?? null) : fetch(name, maxBytes);

async function update(trusted: TrustedMetadata, fetch: FetchMetadata = publisher.fetch, at = now) {
  const { trusted: kept, images, fault } = await updateMetadata(trusted, fetch, at);
  return { kept, images, code: fault?.code ?? null };
}

const refusal = async (
  trusted: TrustedMetadata,
  fetch?: FetchMetadata,
  at?: number,
): Promise<FaultCode | null> => (await update(trusted, fetch, at)).code;

const fresh = async () => (await update(publisher.firstTrust())).kept;

type Json = Record<string, never>;
const parsed = (name: string): { signed: Json; signatures: unknown } =>
  JSON.parse(Buffer.from(publisher.files().get(name) ?? []).toString()) as never;
const bytes = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
const signed = (content: object, ...keys: readonly SigningKey[]): Uint8Array =>
  bytes(signDocument(keys, content as Record<string, unknown>));

test("a client comes from the first root to the newest list of images", async () => {
  const { kept, images, code } = await update(publisher.firstTrust());
  expect(code).toBeNull();
  expect(images?.find(camera.digest)).toEqual(camera);
  expect(images?.find(doorStation.digest)).toBeNull();
  expect(images?.all()).toEqual([camera]);
  expect(Buffer.from(kept.targets ?? [])).toEqual(Buffer.from(publisher.files().get("2.targets.json") ?? []));
});

test("what was kept is enough without the hub, until it is too old", async () => {
  const kept = await fresh();
  expect((await openMetadata(kept, now + DAY)).images?.find(camera.digest)).toEqual(camera);
  expect((await openMetadata(kept, now + LIFE_MS.timestamp)).fault?.code).toBe("METADATA_EXPIRED");
  expect((await openMetadata(publisher.firstTrust(), now)).fault?.code).toBe("METADATA_MISSING");
});

test("an unchanged hub costs two small questions", async () => {
  const kept = await fresh();
  const asked: string[] = [];
  const fetch: FetchMetadata = (name, maxBytes) => {
    asked.push(name);
    return publisher.fetch(name, maxBytes);
  };
  expect(await refusal(kept, fetch)).toBeNull();
  expect(asked).toEqual(["2.root.json", "timestamp.json"]);
});

test("withdrawn and added images reach a client that knew the list before", async () => {
  const kept = await fresh();
  await withdraw(publisher.repository, [camera.digest], publisher.publishers, now + DAY);
  await addImages(publisher.repository, [doorStation], publisher.publishers, now + DAY);
  await publisher.refresh(now + DAY);
  const { images } = await update(kept, publisher.fetch, now + DAY);
  expect(images?.find(camera.digest)?.withdrawn).toBe(true);
  expect(images?.find(doorStation.digest)).toEqual(doorStation);
});

test("keys are replaced one root after the other, for clients that missed five of them", async () => {
  const kept = await fresh();
  let keys = publisher.root;
  for (let round = 0; round < 5; round++) {
    const next = [0, 1, 2].map((n) => testSigningKey(`rotation ${round} ${n}`));
    const root = { keys: next.map(({ key }) => key), threshold: 2 };
    await rotateRootKeys(publisher.repository, { root }, [...keys, ...next], now + round);
    keys = next;
  }
  await publisher.refresh(now);
  expect((await update(kept)).code).toBeNull();
  expect((await update(publisher.firstTrust())).images?.find(camera.digest)).toEqual(camera);
});

test("a lost online key is replaced by the next root, and its word is worth nothing any more", async () => {
  const kept = await fresh();
  const next = testSigningKey("next online");
  const online = { keys: [next.key], threshold: 1 };
  await rotateRootKeys(publisher.repository, { snapshot: online, timestamp: online }, publisher.root, now);
  expect(await refusal(kept)).toBe("METADATA_SIGNATURE");
  await refreshOnline(publisher.repository, [next], now);
  expect(await refusal(kept)).toBeNull();
});

test("a first root that has expired still leads to its successor", async () => {
  const later = now + LIFE_MS.root + DAY;
  await rotateRootKeys(publisher.repository, {}, publisher.root, later);
  await resign(publisher.repository, publisher.targets, later);
  await publisher.refresh(later);
  expect(await refusal(publisher.firstTrust(), publisher.fetch, later)).toBeNull();
});

test("each role's silence is noticed: a freeze ends in a fault", async () => {
  const kept = await fresh();
  const after = (role: keyof typeof LIFE_MS) => refusal(kept, publisher.fetch, now + LIFE_MS[role]);
  expect(await refusal(kept, publisher.fetch, now + LIFE_MS.timestamp - 1000)).toBeNull();
  for (const role of ["timestamp", "snapshot", "targets", "root"] as const) {
    expect(await after(role), role).toBe("METADATA_EXPIRED");
  }
});

test("an older release is refused to whom knows the newer", async () => {
  const old = publisher.files();
  await resign(publisher.repository, publisher.publishers, now + 1000);
  await publisher.refresh(now + 1000);
  const kept = await fresh();
  const rolledBack: FetchMetadata = async (name) => old.get(name) ?? null;
  expect(await refusal(kept, rolledBack)).toBe("METADATA_ROLLBACK");
  expect(await refusal(publisher.firstTrust(), rolledBack)).toBeNull();
  // the online key is the attacker's: a new timestamp over the old snapshot
  const timestamp = { ...parsed("timestamp.json").signed, version: 99 } as Record<string, unknown>;
  const oldMeta = (JSON.parse(Buffer.from(old.get("timestamp.json") ?? []).toString()) as { signed: Json })
    .signed;
  timestamp["meta"] = oldMeta["meta"];
  expect(await refusal(kept, serving({ "timestamp.json": signed(timestamp, publisher.online) }))).toBe(
    "METADATA_ROLLBACK",
  );
});

test("with the online key alone nothing can be listed", async () => {
  const { online } = publisher;
  const targets = { ...parsed("2.targets.json").signed, version: 3 };
  const forged = signed(targets, online);
  const snapshot = signed(
    { ...parsed("2.snapshot.json").signed, version: 3, meta: { "targets.json": { version: 3 } } },
    online,
  );
  const timestamp = signed(
    { ...parsed("timestamp.json").signed, version: 3, meta: { "snapshot.json": { version: 3 } } },
    online,
  );
  const served = { "timestamp.json": timestamp, "3.snapshot.json": snapshot, "3.targets.json": forged };
  expect(await refusal(await fresh(), serving(served))).toBe("METADATA_SIGNATURE");
});

test("one publisher of two that are needed can list nothing, however often he signs", async () => {
  const one = publisher.targets[0];
  if (!one) throw new Error("no publisher");
  const { signed: content } = parsed("2.targets.json");
  const document = signDocument([one, one, one], content);
  const hash = (file: Uint8Array) => ({ sha256: createHash("sha256").update(file).digest("hex") });
  for (const forged of [
    bytes({ ...document, signatures: document.signatures.slice(0, 1) }),
    bytes(document),
  ]) {
    const meta = { version: 2, length: forged.length, hashes: hash(forged) };
    const snapshot = signed(
      { ...parsed("2.snapshot.json").signed, meta: { "targets.json": meta } },
      publisher.online,
    );
    const timestampMeta = { version: 2, length: snapshot.length, hashes: hash(snapshot) };
    const timestamp = signed(
      { ...parsed("timestamp.json").signed, meta: { "snapshot.json": timestampMeta } },
      publisher.online,
    );
    const served = { "timestamp.json": timestamp, "2.snapshot.json": snapshot, "2.targets.json": forged };
    expect(await refusal(publisher.firstTrust(), serving(served))).toMatch(/METADATA_(SIGNATURE|INVALID)/);
  }
});

test("one key under two names does not count twice", async () => {
  const root = parsed("1.root.json").signed as unknown as {
    keys: Record<string, unknown>;
    roles: { targets: { keyids: string[] } };
  };
  const [first = ""] = root.roles.targets.keyids;
  const alias = "f".repeat(64);
  root.keys[alias] = root.keys[first];
  root.roles.targets.keyids.push(alias);
  const trusted = { ...publisher.firstTrust(), root: signed(root, ...publisher.root) };
  expect(await refusal(trusted)).toBe("METADATA_INVALID");
});

test("files that do not belong together are refused", async () => {
  const other = await testRepository(now, { people: 3, name: "b" });
  const files = publisher.files();
  const mixed = (name: string, by: string) =>
    refusal(publisher.firstTrust(), serving({ [name]: files.get(by) ?? null }));
  expect(await mixed("2.targets.json", "1.targets.json")).toBe("METADATA_MISMATCH");
  expect(await mixed("2.snapshot.json", "1.snapshot.json")).toBe("METADATA_MISMATCH");
  expect(await mixed("timestamp.json", "2.snapshot.json")).toBe("METADATA_INVALID");
  expect(await refusal(publisher.firstTrust(), other.fetch)).toBe("METADATA_SIGNATURE");
  expect(await refusal(other.firstTrust(), publisher.fetch)).toBe("METADATA_SIGNATURE");
});

test("endless, missing and broken files are refused by name", async () => {
  const trusted = publisher.firstTrust();
  const endless = new Uint8Array(MAX_BYTES.timestamp + 1);
  expect(await refusal(trusted, serving({ "timestamp.json": endless }))).toBe("METADATA_TOO_LARGE");
  expect(await refusal(trusted, serving({ "2.root.json": new Uint8Array(MAX_BYTES.root + 1) }))).toBe(
    "METADATA_TOO_LARGE",
  );
  const padded = Buffer.concat([
    publisher.files().get("2.targets.json") ?? Buffer.alloc(0),
    Buffer.from(" "),
  ]);
  expect(await refusal(trusted, serving({ "2.targets.json": padded }))).toBe("METADATA_TOO_LARGE");
  for (const name of ["timestamp.json", "2.snapshot.json", "2.targets.json"]) {
    expect(await refusal(trusted, serving({ [name]: null })), name).toBe("METADATA_MISSING");
  }
  for (const text of [
    "",
    "null",
    "[]",
    "{",
    '{"signed":null,"signatures":[]}',
    `${"[".repeat(8000)}${"]".repeat(8000)}`,
  ]) {
    const code = await refusal(trusted, serving({ "timestamp.json": Buffer.from(text) }));
    expect(code, text.slice(0, 40)).toBe("METADATA_INVALID");
  }
});

test("a refused update leaves what was trusted as it was, but for what was proved", async () => {
  const kept = await fresh();
  await resign(publisher.repository, publisher.publishers, now + 1000);
  await publisher.refresh(now + 1000);
  const broken = await update(kept, serving({ "3.targets.json": Buffer.from("{}") }));
  expect(broken.code).not.toBeNull();
  expect(broken.kept.targets).toBe(kept.targets);
  expect(broken.kept.snapshot).not.toBe(kept.snapshot);
  const lost = await update(kept, serving({ "timestamp.json": Buffer.from("{}") }));
  expect(lost.kept).toEqual(kept);
});

test("a broken line is not a refusal: it surfaces as itself", async () => {
  const failing: FetchMetadata = () => Promise.reject(new Error("line cut"));
  await expect(updateMetadata(publisher.firstTrust(), failing, now)).rejects.toThrow("line cut");
});

test("images are found by their own hash alone", async () => {
  const odd = {
    "../../etc/passwd": {},
    "%2e%2e/x": {},
    [`${"a".repeat(64)}.bin`]: { length: 5, hashes: { sha256: "b".repeat(64) } },
  };
  const index = imageIndex(odd);
  expect(index.all()).toEqual([]);
  expect(index.find("../../etc/passwd")).toBeNull();
  expect(index.find("toString")).toBeNull();
  try {
    index.find("a".repeat(64));
    expect.unreachable();
  } catch (error) {
    expect(isFault(error, "METADATA_INVALID")).toBe(true);
  }
});

test("a site without a clock still knows a time that has passed", async () => {
  await resign(publisher.repository, publisher.publishers, now + 40 * DAY);
  await publisher.refresh(now + 40 * DAY);
  const { kept } = await update(publisher.firstTrust(), publisher.fetch, now + 40 * DAY);
  expect(signedTimeFloor(kept)).toBe(now + 40 * DAY);
  expect(signedTimeFloor(publisher.firstTrust())).toBe(now);
});
