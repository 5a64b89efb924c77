import { blankHubImage, storeOver, type HubStore, organisationRecord } from "@fyr/hub/testing";
import { OrgId } from "@fyr/protocol";
import { seededRandom, uuid7Ids } from "@fyr/runtime";
import { expect, test } from "vitest";
import { hostDisk, type HostDisk, type HostDiskOptions } from "./index.ts";

const ids = uuid7Ids({ wall: () => 0 }, seededRandom("orgs"));
const clock = { wall: () => 0 };

const newDisk = async (more: Partial<HostDiskOptions> = {}): Promise<HostDisk> =>
  hostDisk({ host: "hub", clock, random: seededRandom("hub"), image: await blankHubImage(), ...more });

const opened = (disk: HostDisk): HubStore => storeOver(disk.start().store.open());

/** @returns those that were acknowledged */
async function write(store: HubStore, count: number): Promise<OrgId[]> {
  const made = Array.from({ length: count }, () => OrgId.parse(ids.next()));
  for (const id of made)
    await store.write(({ organisations }) => organisations.insert(organisationRecord({ id })));
  return made;
}

async function missing(store: HubStore, wanted: readonly OrgId[]): Promise<number> {
  const found = await Promise.all(wanted.map((id) => store.read.organisations.find(id)));
  return found.filter((each) => each === null).length;
}

test("a hub as it is built loses nothing that it acknowledged, by a kill or a power cut", async () => {
  const disk = await newDisk();
  const first = await write(opened(disk), 10);
  disk.cut();
  const second = opened(disk);
  expect(await missing(second, first)).toBe(0);
  const more = await write(second, 10);
  disk.kill();
  expect(await missing(opened(disk), [...first, ...more])).toBe(0);
});

test("CALIBRATION: built with NORMAL, a power cut loses what it acknowledged, and a kill does not", async () => {
  const disk = await newDisk();
  const connection = disk.start().store.open();
  const store = storeOver(connection);
  connection.pragma("synchronous = normal");
  const acknowledged = await write(store, 10);
  disk.kill();
  expect(await missing(opened(disk), acknowledged)).toBe(0);
  disk.cut();
  expect(await missing(opened(disk), acknowledged)).toBe(10);
  expect(disk.fired.lostCommit).toBe(10);
});

test("each transaction is one boundary; cut before it, all of it is there or nothing", async () => {
  let boundaries = 0;
  let cutAt = Number.POSITIVE_INFINITY;
  const after = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const disk: HostDisk = await newDisk({
      random: seededRandom(`cut ${seed}`),
      onDurable: ({ when }) => void (when === "before" && ++boundaries === cutAt && disk.cut()),
    });
    [boundaries, cutAt] = [0, 3];
    const store = opened(disk);
    const acknowledged = await write(store, 2);
    expect(boundaries).toBe(2);
    const [first, second] = [OrgId.parse(ids.next()), OrgId.parse(ids.next())];
    const cut = store.write(async ({ organisations }) => {
      await organisations.insert(organisationRecord({ id: first }));
      await organisations.insert(organisationRecord({ id: second }));
    });
    await expect(cut).rejects.toThrow();
    await expect(store.read.organisations.find(first)).rejects.toThrow();
    await store.close();
    const next = opened(disk);
    expect(await missing(next, acknowledged)).toBe(0);
    after.add(await missing(next, [first, second]));
    await next.close();
  }
  expect(after).toEqual(new Set([0, 2]));
});

test("a full disk, a failed write and a failed sync are what the product calls them, and leave it working", async () => {
  const disk = await newDisk();
  const store = opened(disk);
  disk.fill();
  await expect(write(store, 1)).rejects.toThrow("HUB_DISK_FULL");
  disk.clear();
  disk.fail("writeFails", 1);
  await expect(write(store, 1)).rejects.toThrow("STORE_FAILED");
  disk.fail("syncFails", 1);
  await expect(write(store, 1)).rejects.toThrow("STORE_FAILED");
  const acknowledged = await write(store, 3);
  disk.cut();
  expect(await missing(opened(disk), acknowledged)).toBe(0);
  expect(disk.fired).toMatchObject({ noSpace: 1, writeFails: 1, syncFails: 1, lostCommit: 0 });
});
