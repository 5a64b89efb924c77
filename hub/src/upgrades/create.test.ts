import { FOUNDER, ownerOf } from "../testing/members.ts";
import { describe, expect, test } from "vitest";
import { serialOf, testHub, testSite } from "../testing.ts";
import { testDatabases } from "../testing/databases.ts";

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  test.skipIf(!runs)(
    "of two clicks at once for one device, one is done and one is told why not",
    async () => {
      const { store, drop } = await open();
      const hub = await testHub({ store });
      const { services } = hub;
      const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
      const site = await testSite(hub, orgId);
      await site.report(...Array.from({ length: 10 }, (_, n) => ({ serial: serialOf(n) })));
      const { digest } = hub.images[0]!;
      const { items } = await services.devices(ownerOf(orgId), { limit: 10 });
      for (const { id: deviceId } of items) {
        const click = () =>
          services.createUpgrade(
            ownerOf(orgId),
            { targets: [{ deviceId, digest }], backup: "wanted" },
            undefined,
          );
        const ends = await Promise.all([codeOf(click()), codeOf(click()), codeOf(click())]);
        expect(ends.sort()).toEqual(["UPGRADE_ACTIVE", "UPGRADE_ACTIVE", "done"]);
      }
      expect((await services.upgrades(ownerOf(orgId), { limit: 50 })).items).toHaveLength(10);
      await hub.stop();
      await drop();
    },
  );

  test.skipIf(!runs)("a thousand devices are one upgrade, in pages and in counters", async () => {
    const { store, drop } = await open();
    const hub = await testHub({ store });
    const { services } = hub;
    const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
    const site = await testSite(hub, orgId);
    for (const half of [0, 500]) {
      const devices = Array.from({ length: 500 }, (_, n) => ({ serial: serialOf(half + n) }));
      site.devices.length = 0;
      await site.report(...devices);
    }
    const { digest } = hub.images[0]!;
    const found = [];
    for (let after: string | undefined | null; after !== null;) {
      const page = await services.devices(ownerOf(orgId), { limit: 300, after });
      found.push(...page.items);
      after = page.next;
    }
    expect(new Set(found.map(({ serial }) => serial)).size).toBe(1_000);
    const targets = found.map(({ id }) => ({ deviceId: id, digest }));
    const upgrade = await services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, undefined);
    expect(upgrade.counts).toEqual({ ready: 1_000 });
    expect((await services.upgrade(ownerOf(orgId), upgrade.id)).counts).toEqual({ ready: 1_000 });
    await hub.stop();
    await drop();
  });
});
