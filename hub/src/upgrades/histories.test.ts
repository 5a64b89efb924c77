import { FOUNDER, ownerOf } from "../testing/members.ts";
import { testImage } from "@fyr/certs/testing";
import { AxisVersion, isTerminal, TASK, type OrgId, type Task, type TaskPhase } from "@fyr/protocol";
import { pick, seededRandom, type Random } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { auditBreaks } from "../audit/chain.ts";
import { enrol, serialOf, testHub, type TestHub } from "../testing.ts";
import {
  modelSite,
  type Line,
  type ModelDevice,
  type ModelJob,
  type ModelSite,
} from "../testing/model-site.ts";

const OLD = AxisVersion.parse("11.11.85");
const HOUR = 3_600_000;

interface World {
  readonly hub: TestHub;
  readonly orgId: OrgId;
  readonly sites: readonly ModelSite[];
  readonly devices: readonly ModelDevice[];
  readonly history: readonly ModelJob[];
  readonly dice: Random;
}

async function newWorld(seed: number): Promise<World> {
  const random = seededRandom(`histories ${seed}`);
  const images = [testImage(), testImage({ version: AxisVersion.parse("12.12.1") })];
  const hub = await testHub({ random, images });
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const sites = [];
  const devices: ModelDevice[] = [];
  const history: ModelJob[] = [];
  for (const name of ["north", "south"]) {
    const site = modelSite(hub, history, hub.door, await enrol(hub, orgId, name));
    for (let n = 0; n < 3; n++) {
      const device = { serial: serialOf(devices.length), version: OLD, answers: true };
      devices.push(device);
      site.devices.set(device.serial, device);
    }
    await site.sync("good");
    sites.push(site);
  }
  hub.start();
  return { hub, orgId, sites, devices, history, dice: random.split("world") };
}

const refused = () => undefined;

async function order({ hub, orgId, dice }: World): Promise<void> {
  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 100 });
  const { digest } = pick(dice, hub.images);
  const targets = [{ deviceId: pick(dice, items).id, digest }];
  await hub.services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, undefined).catch(refused);
}

async function cancel({ hub, orgId, dice }: World): Promise<void> {
  const { items } = await hub.services.tasks(ownerOf(orgId), {}, { limit: 100 });
  if (items.length > 0) await hub.services.cancelTask(ownerOf(orgId), pick(dice, items).id).catch(refused);
}

/** A request from long ago arrives once more. */
async function replay({ hub, sites, dice }: World): Promise<void> {
  const site = pick(dice, sites);
  if (site.sent.length > 0) await hub.door.sync(site.identity, pick(dice, site.sent)).catch(refused);
}

/** A device is carried to the other site, or comes back. */
function carry({ sites, devices, dice }: World): void {
  const device = pick(dice, devices);
  const to = pick(dice, sites);
  for (const site of sites) site.devices.delete(device.serial);
  to.devices.set(device.serial, device);
}

/** Time passes; long times in one leap, after which the scheduler's back-stop finds everything due at once. */
async function pass({ hub }: World, ms: number): Promise<void> {
  const leap = Math.max(0, ms - 61_000);
  hub.clock.jumpWall(leap);
  await hub.clock.advance(ms - leap);
}

async function happen(world: World): Promise<void> {
  const { sites, dice, devices } = world;
  const site = pick(dice, sites);
  const line = pick(dice, ["good", "good", "good", "requestLost", "answerLost"] satisfies Line[]);
  const chance = dice.next();
  if (chance < 0.4) site.work("any");
  else if (chance < 0.72) await site.sync(line).catch(refused);
  else if (chance < 0.8) await order(world);
  else if (chance < 0.83) await cancel(world);
  else if (chance < 0.87) await replay(world);
  else if (chance < 0.9) site.restart();
  else if (chance < 0.92) site.loseJournal();
  else if (chance < 0.93) carry(world);
  else if (chance < 0.95) pick(dice, devices).answers = dice.next() < 0.6;
  else await pass(world, pick(dice, [1_000, 60_000, 10 * 60_000, 5 * HOUR, 26 * HOUR]));
}

/** What the hub shows of its tasks, read as a person would. */
const allTasks = async ({ hub, orgId }: World): Promise<Task[]> =>
  (await hub.services.tasks(ownerOf(orgId), {}, { limit: 500 })).items;

/** Whether the table leads from one phase to the other in some number of steps. */
function reaches(from: TaskPhase, to: TaskPhase, seen = new Set<TaskPhase>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.values(TASK[from] as Record<string, TaskPhase>).some((next) => reaches(next, to, seen));
}

/**
 * X1: an order may send its agent straight to the device only when the hub knows how every earlier job of the task ended.
 */
function checkOrder({ order }: ModelJob, history: readonly ModelJob[]): void {
  if (order.lookFirst) return;
  const earlier = history.filter((job) => job.order.taskId === order.taskId && job.order.epoch < order.epoch);
  for (const { job, touched, heardSeq } of earlier) {
    const told = job.events.at(-1)?.kind === "outcome" && heardSeq >= job.events.length;
    expect(told || !touched, "ordered to write without looking first").toBe(true);
  }
}

async function check(world: World, before: readonly Task[]): Promise<Task[]> {
  const { hub, orgId, history } = world;
  const tasks = await allTasks(world);
  for (const old of before) {
    const now = tasks.find(({ id }) => id === old.id)!;
    // I7, and epochs only rise.
    if (isTerminal(old.phase)) expect(now).toEqual({ ...old, progress: now.progress });
    expect(reaches(old.phase, now.phase), `${old.phase} to ${now.phase}`).toBe(true);
    expect(now.epoch).toBeGreaterThanOrEqual(old.epoch);
    if (now.phase === "failed") expect(now.outcomeCode).not.toBeNull();
  }
  // I13.
  for (const { id, counts } of (await hub.services.upgrades(ownerOf(orgId), { limit: 500 })).items) {
    const theirs = Map.groupBy(
      tasks.filter(({ upgradeId }) => upgradeId === id),
      ({ phase }) => phase,
    );
    expect(counts).toEqual(Object.fromEntries([...theirs].map(([phase, group]) => [phase, group.length])));
  }
  // I1: one task per device that could be in an agent's hands.
  const active = tasks.filter(({ phase }) => !isTerminal(phase) && phase !== "pending");
  expect(new Set(active.map(({ deviceId }) => deviceId)).size).toBe(active.length);
  for (const job of history) checkOrder(job, history);
  return tasks;
}

/** Everything heals; each site works and polls until nothing is left to do. */
async function heal(world: World): Promise<void> {
  const { sites, devices } = world;
  for (const device of devices) device.answers = true;
  for (let round = 0; round < 60; round++) {
    for (const site of sites) {
      await site.sync("good").catch(refused);
      for (let n = 0; n < 12; n++) site.work("good");
      await site.sync("good").catch(refused);
    }
    await pass(world, round < 40 ? 90_000 : 26 * HOUR);
  }
}

const NAMED_WAITS = new Set(["credentials", "compat"]);

/** I8: whatever happened, each task ends, or says which person has to do what. */
async function checkEnd(world: World): Promise<void> {
  const { hub, orgId, devices } = world;
  for (const task of await allTasks(world)) {
    if (isTerminal(task.phase)) continue;
    expect(task.phase, JSON.stringify(task)).toBe("pending");
    expect(
      task.holds.some(({ reason }) => NAMED_WAITS.has(reason)),
      JSON.stringify(task),
    ).toBe(true);
  }
  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 100 });
  for (const { serial, version } of items) {
    expect(version, "the hub knows what each device runs").toBe(
      devices.find((device) => device.serial === serial)?.version,
    );
  }
  const { items: trail } = await hub.services.audit(ownerOf(orgId), { limit: 5_000 });
  expect(auditBreaks(trail)).toEqual([]);
}

test("whatever is lost, repeated, late or broken, tasks keep to the table and come to an end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
      const world = await newWorld(seed);
      let tasks: Task[] = [];
      for (let n = 0; n < 12; n++) {
        for (let m = 0; m < 10; m++) await happen(world);
        tasks = await check(world, tasks);
      }
      await heal(world);
      await check(world, tasks);
      await checkEnd(world);
      await world.hub.close();
    }),
    { numRuns: 40, endOnFailure: true, seed: 1 },
  );
});
