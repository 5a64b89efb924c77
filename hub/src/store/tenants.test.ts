import { FOUNDER, ownerOf } from "../testing/members.ts";
import { expect, test } from "vitest";
import { memoryStore, serialOf, testHub, testSite } from "../testing.ts";
import { TENANT_TABLES } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";
import { migrate } from "./migrations/index.ts";
import { hubStore } from "./store.ts";

/** The scheduler alone looks over all organisations at once; it shows nobody anything. */
const OVER_ALL = [
  /where "wake_at"/,
  /where "phase" = \? and "holds" like/,
  /delete from "idempotency" where "created_at"/,
];

/** Asks by a value that no other organisation can know or have: who it belongs to is what the question is. */
const BY_SECRET = [/where "code_id" = \?/, /where "key_hash" = \?/, /where "serial" = \?$/];

async function tracedHub() {
  const statements: string[] = [];
  const database = openSqlite(":memory:", (sql) => statements.push(sql));
  await migrate(database.writer, database.kind);
  statements.length = 0;
  const hub = await testHub({ store: hubStore(database, () => Promise.resolve()) });
  return { hub, statements };
}

test("every statement on a tenant's table names the organisation", async () => {
  const { hub, statements } = await tracedHub();
  const { services } = hub;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  await site.report({ serial: serialOf(1) }, { serial: serialOf(2) });
  const { items } = await services.devices(ownerOf(orgId), { limit: 5 });
  const targets = items.map(({ id }) => ({ deviceId: id, digest: hub.images[0]!.digest }));
  const upgrade = await services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, "key");
  await site.sync();
  const [first, second] = (await services.tasks(ownerOf(orgId), { upgradeId: upgrade.id }, { limit: 5 }))
    .items;
  await services.cancelTask(ownerOf(orgId), first!.id);
  site.jobs.get(second!.id)!.succeed();
  await site.sync({ commandAcks: [] });
  await services.imageImported("operator", hub.images[0]!);
  hub.start();
  await hub.clock.advance(120_000);
  for (const list of [services.upgrades, services.agents, services.devices, services.audit])
    await list(ownerOf(orgId), { limit: 2 });
  await services.revokeAgent(ownerOf(orgId), site.identity.agentId);
  await hub.close();

  const tenant = new RegExp(`(from|into|update|join) "(${Object.keys(TENANT_TABLES).join("|")})"`);
  const asked = statements.filter((sql) => tenant.test(sql));
  const named = (sql: string) =>
    sql.includes("org_id") || [...OVER_ALL, ...BY_SECRET].some((known) => known.test(sql));
  expect(asked.filter((sql) => !named(sql))).toEqual([]);
  expect(asked.length).toBeGreaterThan(40);
});

test("a foreign id is answered as an absent one, whatever is asked", async () => {
  const hub = await testHub({ store: await memoryStore() });
  const { services } = hub;
  const { id: mine } = await services.createOrganisation(FOUNDER, { name: "Mine" });
  const { id: theirs } = await services.createOrganisation(FOUNDER, { name: "Theirs" });
  const site = await testSite(hub, mine);
  await site.report({ serial: serialOf(1) });
  const [device] = (await services.devices(ownerOf(mine), { limit: 5 })).items;
  const targets = [{ deviceId: device!.id, digest: hub.images[0]!.digest }];
  const upgrade = await services.createUpgrade(ownerOf(mine), { targets, backup: "wanted" }, undefined);
  const [task] = (await services.tasks(ownerOf(mine), {}, { limit: 5 })).items;
  const foreign = [
    () => services.device(ownerOf(theirs), device!.id),
    () => services.upgrade(ownerOf(theirs), upgrade.id),
    () => services.task(ownerOf(theirs), task!.id),
    () => services.cancelTask(ownerOf(theirs), task!.id),
    () => services.revokeAgent(ownerOf(theirs), site.identity.agentId),
    () => services.createUpgrade(ownerOf(theirs), { targets, backup: "wanted" }, undefined),
  ];
  for (const ask of foreign) await expect(ask()).rejects.toMatchObject({ code: "NOT_FOUND" });
  for (const list of [services.devices, services.upgrades, services.agents]) {
    expect((await list(ownerOf(theirs), { limit: 5 })).items).toEqual([]);
  }
  expect((await services.tasks(ownerOf(theirs), { upgradeId: upgrade.id }, { limit: 5 })).items).toEqual([]);
  expect((await services.audit(ownerOf(theirs), { limit: 50 })).items.map(({ action }) => action)).toEqual([
    "organisation.created",
  ]);
  await hub.close();
});
