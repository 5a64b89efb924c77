import { AxisVersion, isFault } from "@fyr/protocol";
import { beforeEach, expect, test } from "vitest";
import {
  testImage,
  testRepository,
  testSigningKey,
  type TestRepository,
} from "../testing/test-repository.ts";
import { updateMetadata } from "./client.ts";
import { signDraft } from "./draft.ts";
import { LIFE_MS } from "./metadata.ts";
import { refreshOnline } from "./online.ts";
import { addImages, initRepository, resign, rotateRootKeys, withdraw } from "./publish.ts";
import { repositoryStatus } from "./status.ts";

const HOUR = 3_600_000;
const now = Date.UTC(2026, 0, 1);
const camera = testImage();
const older = testImage({ version: AxisVersion.parse("11.11.85") });
let publisher: TestRepository;
beforeEach(async () => (publisher = await testRepository(now, { people: 3 })));

const accepted = async (at = now) => {
  const { images, fault } = await updateMetadata(publisher.firstTrust(), publisher.fetch, at);
  if (fault) throw fault;
  return images.all();
};

const code = async (act: Promise<unknown>): Promise<string | null> => {
  try {
    await act;
    return null;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
};

test("a list waits as a draft until enough have signed, and nobody sees it before", async () => {
  const [anna, bert, cara] = publisher.targets;
  if (!anna || !bert || !cara) throw new Error("three publishers");
  const { repository } = publisher;
  expect(await addImages(repository, [camera], [anna], now)).toEqual({
    state: "draft",
    role: "targets",
    version: 2,
    missing: 1,
  });
  await publisher.refresh(now);
  expect(await accepted()).toEqual([]);
  expect((await signDraft(repository, "targets", [anna])).state).toBe("draft");
  expect(await signDraft(repository, "targets", [cara])).toEqual({
    state: "published",
    role: "targets",
    version: 2,
  });
  expect([...publisher.files().keys()]).not.toContain("targets.draft.json");
  await publisher.refresh(now);
  expect(await accepted()).toEqual([camera]);
});

test("a change of a draft builds on it and asks for every signature anew", async () => {
  const [anna, bert] = publisher.targets;
  if (!anna || !bert) throw new Error("two publishers");
  await addImages(publisher.repository, [camera], [anna], now);
  expect(await addImages(publisher.repository, [older], [bert], now)).toMatchObject({
    state: "draft",
    missing: 1,
  });
  await signDraft(publisher.repository, "targets", [anna]);
  await publisher.refresh(now);
  expect((await accepted()).map(({ version }) => version).sort()).toEqual(["11.11.85", "12.11.77"]);
});

test("one key for several roles signs each file once", async () => {
  const one = testSigningKey("one for all");
  const { repository } = await testRepository(now, { name: "other" });
  const role = { keys: [one.key], threshold: 1 };
  const folder = { ...repository, folder: "/elsewhere" };
  await initRepository(
    folder,
    { root: role, targets: role, snapshot: role, timestamp: role },
    [one, one],
    now,
  );
  await refreshOnline(folder, [one], now);
  const fetch = async (name: string) => folder.files.read(`/elsewhere/${name}`);
  const root = (await fetch("1.root.json")) ?? new Uint8Array();
  const { fault } = await updateMetadata(
    { root, timestamp: null, snapshot: null, targets: null },
    fetch,
    now,
  );
  expect(fault).toBeNull();
});

test("keys that may not speak are refused, and nothing is written", async () => {
  const before = publisher.files();
  const { repository, online, root } = publisher;
  expect(await code(addImages(repository, [camera], [online, ...root], now))).toBe("PUBLISHER_KEY_MISSING");
  expect(await code(resign(repository, [testSigningKey("stranger")], now))).toBe("PUBLISHER_KEY_MISSING");
  expect(await code(rotateRootKeys(repository, {}, publisher.targets, now))).toBe("PUBLISHER_KEY_MISSING");
  expect(await code(withdraw(repository, ["a".repeat(64)], publisher.targets, now))).toBe("IMAGE_UNKNOWN");
  expect(await code(signDraft(repository, "root", root))).toBe("METADATA_MISSING");
  expect(publisher.files()).toEqual(before);
});

test("a root that could never be signed is refused", async () => {
  const [key] = publisher.root.map((signer) => signer.key);
  if (!key) throw new Error("a key");
  const rotate = (keys: (typeof key)[], threshold: number) =>
    code(rotateRootKeys(publisher.repository, { targets: { keys, threshold } }, publisher.root, now));
  expect(await rotate([key], 2)).toBe("METADATA_INVALID");
  expect(await rotate([key, key], 2)).toBe("METADATA_INVALID");
  expect(await rotate([key], 0)).toBe("METADATA_INVALID");
  expect(await rotate([key], 1.5)).toBe("METADATA_INVALID");
  expect(await rotate([], 1)).toBe("METADATA_INVALID");
});

test("every signed version stays for ever", async () => {
  await addImages(publisher.repository, [camera], publisher.targets, now);
  await publisher.refresh(now);
  await withdraw(publisher.repository, [camera.digest], publisher.targets, now);
  await rotateRootKeys(publisher.repository, {}, publisher.root, now);
  await publisher.refresh(now);
  const names = [...publisher.files().keys()];
  for (const name of ["1.root.json", "2.root.json", "1.targets.json", "2.targets.json", "3.targets.json"]) {
    expect(names).toContain(name);
  }
});

test("the hub says again that its list is the newest, at half of its word's life and not before", async () => {
  const { repository, online } = publisher;
  const refresh = (at: number) => refreshOnline(repository, [online], at);
  const first = await refresh(now);
  expect(first).toMatchObject({ changed: false, timestampVersion: 1, snapshotVersion: 1 });
  expect(first.dueMs).toBe(now + LIFE_MS.timestamp / 2);
  expect((await refresh(first.dueMs - 1)).changed).toBe(false);
  const second = await refresh(first.dueMs);
  expect(second).toMatchObject({ changed: true, timestampVersion: 2, snapshotVersion: 1 });
  const fourDaysOn = await refresh(now + 4 * 24 * HOUR);
  expect(fourDaysOn).toMatchObject({ changed: true, snapshotVersion: 2 });
  expect(await accepted(now + 4 * 24 * HOUR + LIFE_MS.timestamp - HOUR)).toEqual([]);
});

test("a hub killed between snapshot and timestamp goes on with the next number", async () => {
  await addImages(publisher.repository, [camera], publisher.targets, now);
  const { repository, online } = publisher;
  const cut = {
    ...repository,
    files: {
      ...repository.files,
      replace: (path: string, bytes: Uint8Array) =>
        path.endsWith("timestamp.json")
          ? Promise.reject(new Error("cut"))
          : repository.files.replace(path, bytes),
    },
  };
  await expect(refreshOnline(cut, [online], now)).rejects.toThrow("cut");
  expect(await accepted()).toEqual([]);
  expect(await refreshOnline(repository, [online], now)).toMatchObject({
    snapshotVersion: 3,
    timestampVersion: 2,
  });
  expect(await accepted()).toEqual([camera]);
});

test("the hub vouches for no list that publishers did not sign", async () => {
  const { repository, online } = publisher;
  const { files, folder } = repository;
  const list = JSON.parse(Buffer.from(publisher.files().get("1.targets.json") ?? []).toString()) as {
    signed: { version: number };
  };
  list.signed.version = 2;
  await files.replace(`${folder}/2.targets.json`, Buffer.from(JSON.stringify(list)));
  expect(await code(refreshOnline(repository, [online], now))).toBe("METADATA_SIGNATURE");
  expect(
    await code(refreshOnline(repository, [testSigningKey("stranger")], now + 10 * 24 * HOUR)),
  ).not.toBeNull();
});

test("the state of a repository is told, one signer in red", async () => {
  const status = await repositoryStatus(publisher.repository);
  expect(status.singleSigner).toBe(false);
  expect(status.roles.map(({ role, version, threshold }) => [role, version, threshold])).toEqual([
    ["root", 1, 2],
    ["targets", 1, 2],
    ["snapshot", 1, 1],
    ["timestamp", 1, 1],
  ]);
  await addImages(publisher.repository, [camera], publisher.targets.slice(0, 1), now);
  expect((await repositoryStatus(publisher.repository)).roles[1]?.draftMissing).toBe(1);
  expect((await repositoryStatus((await testRepository(now)).repository)).singleSigner).toBe(true);
});
