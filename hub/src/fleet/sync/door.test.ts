import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { Fault, type OrgId, type SyncRequest } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import { memoryStore, serialOf, testHub, testSite, type TestHub, type TestSite } from "../../testing.ts";
import { testDatabases } from "../../testing/databases.ts";
import type { HubStore } from "../../store/store.ts";

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

async function harbour(hub: TestHub): Promise<OrgId> {
  return (await hub.services.createOrganisation(FOUNDER, { name: "Harbour" })).id;
}

async function upgradeAll(hub: TestHub, orgId: OrgId) {
  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 500 });
  const targets = items.map(({ id }) => ({ deviceId: id, digest: hub.images[0]!.digest }));
  return hub.services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, undefined);
}

/** A store that counts what is written through it. */
function counting(store: HubStore): { store: HubStore; writes: () => number } {
  let writes = 0;
  const counted: HubStore = { ...store, write: (work) => (writes++, store.write(work)) };
  return { store: counted, writes: () => writes };
}

test("an agent speaks for itself alone", async () => {
  const hub = await testHub();
  const orgId = await harbour(hub);
  const [one, two] = [await testSite(hub, orgId, "one"), await testSite(hub, orgId, "two")];
  expect(await codeOf(hub.door.sync(one.identity, two.request()))).toBe("AGENT_MISMATCH");
  await hub.close();
});

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  const onStore = async (
    work: (hub: TestHub, writes: () => number) => Promise<void>,
    wrap?: (store: HubStore) => HubStore,
  ) => {
    const opened = await open();
    const { store, writes } = counting(wrap ? wrap(opened.store) : opened.store);
    const hub = await testHub({ store });
    await work(hub, writes);
    await hub.stop();
    await opened.drop();
  };

  test.skipIf(!runs)("a site with nothing to say costs no write", async () => {
    await onStore(async (hub, writes) => {
      const site = await testSite(hub, await harbour(hub));
      await site.report({ serial: serialOf(1) });
      const before = writes();
      for (let n = 0; n < 50; n++) expect(await site.sync()).toBeNull();
      expect(writes()).toBe(before);
    });
  });

  test.skipIf(!runs)("many sites at once get each its own answer", async () => {
    await onStore(async (hub) => {
      const orgs = [await harbour(hub), await harbour(hub)];
      const sites: TestSite[] = [];
      for (let n = 0; n < 12; n++) {
        const site = await testSite(hub, orgs[n % 2]!, `site ${n}`);
        await site.report({ serial: serialOf(n * 2) }, { serial: serialOf(n * 2 + 1) });
        sites.push(site);
      }
      const upgrades = [await upgradeAll(hub, orgs[0]!), await upgradeAll(hub, orgs[1]!)];
      await Promise.all(sites.map((site) => site.sync()));
      expect(sites.map(({ jobs }) => jobs.size)).toEqual(Array(12).fill(2));
      for (const { jobs } of sites) for (const job of jobs.values()) job.succeed();
      await Promise.all(sites.map((site) => site.sync()));
      for (const [at, { id }] of upgrades.entries()) {
        expect((await hub.services.upgrade(ownerOf(orgs[at]!), id)).counts).toEqual({ succeeded: 12 });
      }
    });
  });

  test.skipIf(!runs)("a report that the store cannot take harms nobody else", async () => {
    let poisoned: string | undefined;
    const wrap = (store: HubStore): HubStore => ({
      ...store,
      write: (work) =>
        store.write((stores) => {
          const save: typeof stores.syncs.save = async (changes) => {
            await stores.syncs.save(changes);
            if (changes.links.some(({ agentId }) => agentId === poisoned)) throw new Error("poison");
          };
          return work({ ...stores, syncs: { ...stores.syncs, save } });
        }),
    });
    await onStore(async (hub) => {
      const orgId = await harbour(hub);
      const sites: TestSite[] = [];
      for (let n = 0; n < 8; n++) sites.push(await testSite(hub, orgId, `site ${n}`));
      poisoned = sites[5]!.identity.agentId;
      const told = await Promise.allSettled(sites.map((site, n) => site.report({ serial: serialOf(n) })));
      expect(told.map(({ status }) => status === "fulfilled")).toEqual(sites.map((_, n) => n !== 5));
      const { items } = await hub.services.devices(ownerOf(orgId), { limit: 20 });
      expect(items.map(({ serial }) => serial).sort()).toEqual(
        sites.map((_, n) => serialOf(n)).filter((_, n) => n !== 5),
      );
    }, wrap);
  });

  test.skipIf(!runs)("hubs that share a database never give one task twice", async () => {
    const { store, url, drop } = await open();
    if (url.startsWith("sqlite")) return drop();
    const { openAt } = await import("../../testing/databases.ts");
    const second = await openAt(url);
    const hub = await testHub({ store });
    const other = await testHub({ store: second, random: hub.random.split("other") });
    const orgId = await harbour(hub);
    const site = await testSite(hub, orgId);
    await site.report(...Array.from({ length: 30 }, (_, n) => ({ serial: serialOf(n) })));
    await upgradeAll(hub, orgId);
    const requests = Array.from({ length: 6 }, () =>
      site.request({ capacity: { jobs: 5, cacheFreeBytes: 0 } }),
    );
    const ask = (request: SyncRequest, at: number) =>
      (at % 2 ? hub : other).door.sync(site.identity, request);
    const answers = await Promise.all(requests.map(ask));
    const epochs = answers.flatMap(
      ({ answer }) => answer?.grants.map(({ taskId, epoch }) => `${taskId} ${epoch}`) ?? [],
    );
    const { items } = await hub.services.tasks(ownerOf(orgId), {}, { limit: 50 });
    for (const { id, epoch } of items) expect(epoch <= 1, `${id} ${epoch}`).toBe(true);
    expect(epochs.length).toBeGreaterThanOrEqual(5);
    await Promise.all([hub.stop(), other.stop(), second.close()]);
    await drop();
  });
});

test("agents are seen without a write each: sightings are written together", async () => {
  const { store, writes } = counting(await memoryStore());
  const hub = await testHub({ store });
  hub.start();
  const orgId = await harbour(hub);
  const sites = [await testSite(hub, orgId, "one"), await testSite(hub, orgId, "two")];
  for (const [n, site] of sites.entries()) await site.report({ serial: serialOf(n) });
  await hub.clock.advance(10_000);
  const before = writes();
  for (let n = 0; n < 20; n++) for (const site of sites) await site.sync();
  expect(writes()).toBe(before);
  await hub.clock.advance(10_000);
  expect(writes()).toBe(before + 1);
  const [agent] = (await hub.services.agents(ownerOf(orgId), { limit: 1 })).items;
  expect(agent).toMatchObject({ online: true, lastSeenAt: hub.clock.wall() - 10_000 });
  const stored = await store.read.fleet.agent(orgId, agent!.id);
  expect(stored?.lastSeenAt).toBe(agent!.lastSeenAt);
  await hub.clock.advance(80_000);
  expect((await hub.services.agents(ownerOf(orgId), { limit: 1 })).items[0]).toMatchObject({ online: false });
  await hub.close();
});

test("many sites at once share their commits", async () => {
  const { store, writes } = counting(await memoryStore());
  const hub = await testHub({ store });
  const orgId = await harbour(hub);
  const sites: TestSite[] = [];
  for (let n = 0; n < 20; n++) sites.push(await testSite(hub, orgId, `site ${n}`));
  const before = writes();
  await Promise.all(sites.map((site, n) => site.report({ serial: serialOf(n) })));
  expect(writes() - before).toBeLessThanOrEqual(2);
  await hub.close();
});

test("an order that cannot be signed concerns one agent", async () => {
  const hub = await testHub();
  const orgId = await harbour(hub);
  const [one, two] = [await testSite(hub, orgId, "one"), await testSite(hub, orgId, "two")];
  await one.report({ serial: serialOf(1) });
  await two.report({ serial: serialOf(2) });
  await upgradeAll(hub, orgId);
  const sign = hub.ports.orders.sign;
  Object.assign(hub.ports.orders, {
    sign: (claims: Parameters<typeof sign>[0]) => {
      if (claims.agentId === one.identity.agentId) throw new Fault("INTERNAL");
      return sign(claims);
    },
  });
  const ends = await Promise.allSettled([one.sync(), two.sync()]);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  const { items } = await hub.services.tasks(ownerOf(orgId), {}, { limit: 5 });
  expect(items.map(({ phase }) => phase).sort()).toEqual(["leased", "ready"]);
  await hub.close();
});

test("progress is live and lossy: shown while its job lives, and never another agent's", async () => {
  const hub = await testHub();
  const orgId = await harbour(hub);
  const [site, other] = [await testSite(hub, orgId, "one"), await testSite(hub, orgId, "two")];
  await site.report({ serial: serialOf(1) });
  await upgradeAll(hub, orgId);
  await site.sync();
  const [job] = [...site.jobs.values()];
  const progress = {
    taskId: job!.taskId,
    epoch: 1,
    state: "staging",
    step: null,
    percent: 12,
    leftMs: null,
  } as const;
  const shown = async () => (await hub.services.task(ownerOf(orgId), job!.taskId)).progress;
  hub.door.progress(other.identity, { agentId: other.identity.agentId, jobs: [progress] });
  expect(await shown()).toBeNull();
  hub.door.progress(site.identity, { agentId: site.identity.agentId, jobs: [progress] });
  expect(await shown()).toEqual(progress);
  job!.succeed();
  await site.sync();
  expect(await shown()).toBeNull();
  await hub.close();
});

test("a second process with the same identity is refused, and somebody hears of it once", async () => {
  const hub = await testHub();
  const orgId = await harbour(hub);
  const site = await testSite(hub, orgId);
  await site.report({ serial: serialOf(1) });
  const old = site.request();
  site.restart();
  await site.report({ serial: serialOf(2) });
  for (let n = 0; n < 3; n++) {
    expect(await codeOf(hub.door.sync(site.identity, { ...site.request(), bootId: old.bootId }))).toBe(
      "SITE_ALREADY_BOUND",
    );
  }
  const { items } = await hub.services.audit(ownerOf(orgId), { limit: 50 });
  expect(items.filter(({ action }) => action === "agent.second_process")).toMatchObject([
    { after: { bootId: old.bootId } },
  ]);
  await hub.close();
});
