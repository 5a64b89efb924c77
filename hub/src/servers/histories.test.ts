import { INSTALL, isTerminal, ServerOrderClaims, type SyncRequest } from "@fyr/protocol";
import { pick, seededRandom } from "@fyr/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FOUNDER, ownerOf } from "../testing/members.ts";
import { serverReport, testPackage } from "../testing/server.ts";
import { testHub, testSite, type TestJob } from "../testing.ts";

const [MINUTE, HOUR] = [60_000, 3_600_000];
const TARGET = "6.18.27001";
const PAGE = { limit: 50 };
const refused = () => undefined;

/** A host with one server: what it really runs, and what its agent does with the orders it gets. */
async function newWorld(seed: number) {
  const random = seededRandom(`servers ${seed}`);
  const hub = await testHub({ random, images: [testPackage(TARGET)] });
  const { services } = hub;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
  const [owner, site] = [ownerOf(orgId), await testSite(hub, orgId)];
  const dice = random.split("world");
  const truth = { version: "6.17.26511", installingSince: null as number | null };
  const at = new Map<TestJob, "claimed" | "installing" | "installed" | "over">();
  const sent: SyncRequest[] = [];
  const report = () => [serverReport({ n: 1, version: truth.version })];
  await site.sync({ servers: report() });
  hub.start();
  const { id } = (await services.servers(owner, PAGE)).items[0]!;

  /** A request that is lost is said again in other words; one whose answer is lost leaves its grants for later. */
  async function sync(line: "good" | "requestLost" | "answerLost"): Promise<void> {
    const said = { servers: truth.installingSince === null ? report() : [] };
    const request = site.request(said);
    if (line === "requestLost") return;
    sent.push(request);
    if (line === "answerLost") return void (await hub.door.sync(site.identity, request).catch(refused));
    await site.sync(said).catch(refused);
    for (const job of site.jobs.values()) {
      if (at.has(job)) continue;
      job.state("accepted");
      if (ServerOrderClaims.parse(job.grant.order.signed).body.lookFirst) job.state("observing");
      at.set(job, truth.version === TARGET ? "installed" : "claimed");
    }
  }

  const end = (job: TestJob, ...how: Parameters<TestJob["end"]>): void => {
    job.end(...how);
    at.set(job, "over");
    truth.installingSince = null;
  };

  function work(): void {
    for (const [job, place] of at) {
      if (place === "claimed" && dice.next() < 0.3) end(job, "given_back", "SERVER_EXPORTING");
      else if (place === "claimed") {
        for (const state of ["staging", "armed", "executing"] as const) job.state(state);
        job.step("install");
        job.state("settling");
        truth.installingSince = hub.clock.wall();
        at.set(job, "installing");
      } else if (place === "installing" && dice.next() < 0.5) {
        truth.version = dice.next() < 0.8 ? TARGET : truth.version;
        job.state("verifying");
        at.set(job, "installed");
      } else if (place === "installed") {
        const done = truth.version === TARGET;
        end(job, done ? "succeeded" : "failed", done ? null : "SERVER_VERSION_UNCHANGED", truth.version);
      }
    }
  }
  return { hub, owner, id, truth, at, sent, dice, site, sync, work };
}

type World = Awaited<ReturnType<typeof newWorld>>;

async function happen({ hub, owner, id, dice, sent, site, sync, work }: World): Promise<void> {
  const chance = dice.next();
  const { services } = hub;
  if (chance < 0.3) work();
  else if (chance < 0.65) await sync(pick(dice, ["good", "good", "requestLost", "answerLost"]));
  else if (chance < 0.75) await services.upgradeServer(owner, id, {}, undefined).catch(refused);
  else if (chance < 0.83) {
    const [last] = (await services.serverUpgrades(owner, id, PAGE)).items;
    if (last) await services.withdrawServerUpgrade(owner, id, last.id).catch(refused);
  } else if (chance < 0.9 && sent.length > 0)
    await hub.door.sync(site.identity, pick(dice, sent)).catch(refused);
  else await hub.clock.advance(pick(dice, [1_000, MINUTE, 10 * MINUTE, HOUR]));
}

async function check({ hub, owner, id, truth, at }: World): Promise<void> {
  const { items } = await hub.services.serverUpgrades(owner, id, PAGE);
  expect(items.filter(({ phase }) => !isTerminal(phase)).length).toBeLessThanOrEqual(1);
  for (const [job, place] of at) {
    if (place === "over") continue;
    const task = items.find((one) => one.id === job.taskId);
    expect(task?.state, "what an agent claimed is never withdrawn").not.toBe("withdrawn");
  }
  const since = truth.installingSince;
  if (since !== null && hub.clock.wall() - since < INSTALL.askPersonMs) {
    const { state } = await hub.services.server(owner, id);
    expect(["offline", "down"]).not.toContain(state.kind);
    const mine = items.find((one) =>
      [...at.keys()].some((job) => job.taskId === one.id && at.get(job) !== "over"),
    );
    expect(mine?.state).not.toBe("failed");
  }
}

test("C-20 R-077 R-081: whatever is lost, repeated or late, what was claimed is not withdrawn, and what installs is no fault", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
      const world = await newWorld(seed);
      for (let n = 0; n < 60; n++) {
        await happen(world);
        await check(world);
      }
      for (let n = 0; n < 40; n++) {
        await world.sync("good");
        world.work();
        await world.hub.clock.advance(10 * MINUTE);
      }
      const { hub, owner, id, truth } = world;
      const { items } = await hub.services.serverUpgrades(owner, id, PAGE);
      for (const { phase, state } of items) expect([state, isTerminal(phase)]).toEqual([state, true]);
      expect((await hub.services.server(owner, id)).version).toBe(truth.version);
      await hub.close();
    }),
    { numRuns: 12, endOnFailure: true, seed: 1 },
  );
});
