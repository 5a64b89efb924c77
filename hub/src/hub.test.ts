import { FOUNDER, ownerOf } from "./testing/members.ts";
import { testImage } from "@fyr/certs/testing";
import { AxisVersion } from "@fyr/protocol";
import { expect, test } from "vitest";
import { serialOf, testHub, testSite } from "./testing.ts";

const START = AxisVersion.parse("11.11.85");

test("an upgrade goes from the click to the proof", async () => {
  const hub = await testHub();
  hub.start();
  const [image] = hub.images;
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  await site.report({ serial: serialOf(1), version: START }, { serial: serialOf(2), version: START });

  const { items: devices } = await hub.services.devices(ownerOf(orgId), { limit: 10 });
  expect(devices.map(({ serial, recommended }) => [serial, recommended?.version])).toEqual([
    [serialOf(1), image!.version],
    [serialOf(2), image!.version],
  ]);

  const targets = devices.map(({ id, recommended }) => ({ deviceId: id, digest: recommended!.digest }));
  const upgrade = await hub.services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, "key 1");
  expect(upgrade.counts).toEqual({ ready: 2 });
  expect(hub.rung).toEqual([site.identity.agentId]);

  const answer = await site.sync();
  expect(answer?.grants).toHaveLength(2);
  expect((await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({ leased: 2 });

  for (const job of site.jobs.values()) job.succeed();
  await site.sync();
  expect((await hub.services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({ succeeded: 2 });
  const after = await hub.services.devices(ownerOf(orgId), { limit: 10 });
  expect(after.items.map(({ version, recommended }) => [version, recommended])).toEqual([
    [image!.version, null],
    [image!.version, null],
  ]);
  expect(await site.sync()).toBeNull();

  const trail = await hub.services.audit(ownerOf(orgId), { limit: 100 });
  expect(trail.items.map(({ action }) => action)).toEqual([
    "organisation.created",
    "agent.invited",
    "agent.enrolled",
    "upgrade.created",
    "task.granted",
    "task.granted",
    "task.succeeded",
    "task.succeeded",
  ]);
  await hub.close();
});

test("the same click twice is one upgrade; another body under the key is refused", async () => {
  const hub = await testHub({ images: [testImage(), testImage({ version: AxisVersion.parse("12.12.1") })] });
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  await site.report({ serial: serialOf(1), version: START });
  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 1 });
  const wish = {
    targets: [{ deviceId: items[0]!.id, digest: hub.images[0]!.digest }],
    backup: "wanted",
  } as const;
  const [first, second] = await Promise.all([
    hub.services.createUpgrade(ownerOf(orgId), wish, "k"),
    hub.services.createUpgrade(ownerOf(orgId), wish, "k"),
  ]);
  expect(second).toEqual(first);
  const other = { ...wish, backup: "required" } as const;
  await expect(hub.services.createUpgrade(ownerOf(orgId), other, "k")).rejects.toMatchObject({
    code: "IDEMPOTENCY_MISMATCH",
  });
  await expect(hub.services.createUpgrade(ownerOf(orgId), wish, "k2")).rejects.toMatchObject({
    code: "UPGRADE_ACTIVE",
  });
  expect((await hub.services.upgrades(ownerOf(orgId), { limit: 10 })).items).toHaveLength(1);
  await hub.close();
});
