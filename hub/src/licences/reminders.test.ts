import type { OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMail } from "../mail/post.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { day } from "../testing/licence-office.ts";
import { admitted, join, newPerson } from "../testing/people.ts";
import { serverReport } from "../testing/server.ts";
import { testSite, type TestSite } from "../testing/site.ts";
import { HUB_ORG } from "../upgrades/image-service.ts";
import { addDays, addYears, civilDateAt, startOfDay } from "./civil-date.ts";

const OPERATOR = "operator@hub.example";

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let hub: TestHub;
  let serial = 9_000;
  let seen = new Set<string>();

  const goTo = async (date: string) => hub.clock.advance(startOfDay(day(date)) - hub.clock.wall());
  /** The hub's day comes; `restarted` by a hub that has just come up. */
  async function dayOn(date: string, restarted = false): Promise<void> {
    await goTo(date);
    const at = restarted ? await hubOn(hub.clock) : hub;
    await at.licenceDay.runOnce();
  }
  const hubOn = (clock?: TestHub["clock"]) =>
    testHub({ store: opened.store, ...(clock && { clock }), ports: { operatorMail: OPERATOR as never } });

  interface House {
    readonly orgId: OrgId;
    readonly site: TestSite;
    readonly admin: Awaited<ReturnType<typeof admitted>>;
    readonly addresses: readonly string[];
  }

  /** An organisation with an English and a French admin and a viewer, and its one agent. */
  async function house(): Promise<House> {
    const town = { store: opened.store, ids: hub.ports.ids };
    const founder = await newPerson(town, { language: "en" });
    const { id: orgId } = await hub.services.createOrganisation(founder, {
      name: `Acme ${++serial}`,
    });
    const second = await newPerson(town, { language: "fr" });
    await join(town, orgId, second, { role: "admin" });
    await join(town, orgId, await newPerson(town), { role: "viewer" });
    const site = await testSite(hub, orgId);
    return {
      orgId,
      site,
      admin: await admitted(town, orgId, founder),
      addresses: [founder.email, second.email],
    };
  }
  const key = async (qty: number, product = "DM") => {
    const wish = { kind: "subscription", product, items: [{ type: "CORE", qty, termYears: 1 }] } as const;
    const issued = await hub.services.licences.operator.issueKeys("operator", {
      ...wish,
      count: 1,
      batch: `r${++serial}`,
    });
    return issued.keys[0] ?? "";
  };
  const devices = async ({ site }: House, n: number) => {
    for (let made = 0; made < n; made++) await site.report({ serial: serialOf(++serial) });
  };

  /** Letters that came since this was last asked, by address and subject. */
  async function news(): Promise<{ to: string; subject: string; text: string }[]> {
    const mails = await opened.store.read.mails.page({}, { limit: 500 });
    const fresh = mails.filter(({ id }) => !seen.has(id));
    seen = new Set(mails.map(({ id }) => id));
    return fresh
      .flatMap((mail) => {
        const written = readMail(mail, hub.ports.sealing);
        return written ? [{ to: mail.to, subject: written.subject, text: written.text }] : [];
      })
      .sort((a, b) => (a.subject < b.subject ? -1 : 1));
  }
  const subjects = async () => (await news()).map(({ subject }) => subject);

  describe.skipIf(!runs)("what people are told of licences", () => {
    beforeAll(async () => {
      opened = await open();
      hub = await hubOn();
      await goTo("2026-03-02");
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });

    test(`${name}: R-120 R-135 R-136: trial, end of cover, renewal and grace are told once, to each admin in their own language, through missed days and restarts`, async () => {
      const acme = await house();
      await devices(acme, 2);
      const { licences } = hub.services;
      await licences.start(acme.admin, "DM", false, undefined);
      await news();
      await dayOn("2026-03-03");
      expect(await news()).toEqual([]);
      await dayOn("2026-03-27", true);
      const told = await news();
      expect(told.map(({ to, subject }) => [to, subject])).toEqual([
        [acme.addresses[1], "La période d’essai de AXIS Device Manager se termine le 31 mars 2026"],
        [acme.addresses[0], "The trial period of AXIS Device Manager ends on 31 March 2026"],
      ]);
      await dayOn("2026-03-27", true);
      await dayOn("2026-03-28");
      expect(await news()).toEqual([]);
      await dayOn("2026-04-10", true);
      expect(await subjects()).toEqual([
        "AXIS Device Manager : des périphériques sans licence",
        "AXIS Device Manager: devices without a licence",
      ]);
      await licences.redeem(acme.admin, await key(4), undefined);
      const fill = (index: number) =>
        licences.allocate(
          acme.admin,
          { product: "DM", years: [{ index, items: { CORE: 2 } }] },
          false,
          undefined,
        );
      await fill(0);
      await dayOn("2026-04-11");
      expect(await news()).toEqual([]);
      await dayOn("2026-12-02");
      expect(await subjects()).toEqual([
        "Renew AXIS Device Manager by 1 March 2027",
        "Renouvelez AXIS Device Manager avant le 1 mars 2027 inclus",
      ]);
      await dayOn("2027-03-02", true);
      expect(await subjects()).toEqual([
        "Délai de grâce de AXIS Device Manager jusqu’au 31 mars 2027",
        "Grace period of AXIS Device Manager until 31 March 2027",
      ]);
      await fill(1);
      await dayOn("2027-03-25");
      expect(await news()).toEqual([]);
    });

    test(`${name}: R-102 L-12: an unallocated licence is told of at 180, 90, 30 and 7 days, and of the nearest alone after a pause`, async () => {
      const acme = await house();
      await hub.services.licences.redeem(acme.admin, await key(3), undefined);
      const expires = addYears(civilDateAt(hub.clock.wall()), 5);
      await news();
      const told: number[] = [];
      for (const before of [181, 180, 179, 29, 8, 7, 6, 1]) {
        await dayOn(addDays(expires, -before));
        const mine = (await news()).filter(({ to }) => to === acme.addresses[0]);
        if (mine.length > 0) told.push(before);
      }
      expect(told).toEqual([180, 29, 7]);
    });

    test(`${name}: R-144 L-31: growth beyond the limit is told to admins on days 0, 7 and 21 and to the hub's operator on day 30`, async () => {
      const acme = await house();
      await devices(acme, 1);
      const { licences } = hub.services;
      await licences.start(acme.admin, "DM", false, undefined);
      await licences.redeem(acme.admin, await key(9), undefined);
      await licences.allocate(
        acme.admin,
        { product: "DM", years: [{ index: 0, items: { CORE: 1 } }] },
        false,
        undefined,
      );
      await devices(acme, 2);
      const since = civilDateAt(hub.clock.wall());
      const told: [number, string[]][] = [];
      await news();
      for (const after of [0, 1, 2, 3, 9, 10, 23, 31, 32, 40]) {
        await dayOn(addDays(since, after));
        const mine = (await news()).filter(({ to }) => to === OPERATOR || acme.addresses.includes(to));
        if (mine.length > 0) told.push([after - 2, mine.map(({ to }) => to)]);
      }
      const both = expect.arrayContaining([...acme.addresses]) as unknown;
      expect(told).toEqual([
        [0, both],
        [7, both],
        [21, both],
        [30, [OPERATOR]],
      ]);
      const noted = await opened.store.read.audit.page(HUB_ORG, { order: "newest", limit: 1 }, "everybody");
      expect(noted[0]).toMatchObject({
        action: "licence.reminder.growth",
        after: { orgId: acme.orgId, product: "DM", letters: 1 },
      });
    });

    test(`${name}: C-18: the admins of both sides learn of a transfer, each once, also when it is sent again`, async () => {
      const [acme, beta] = [await house(), await house()];
      const { licences } = hub.services;
      await join({ store: opened.store }, beta.orgId, acme.admin.caller as never, { role: "admin" });
      await licences.start(acme.admin, "DM", false, undefined);
      await licences.redeem(acme.admin, await key(5), undefined);
      await news();
      const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty: 2 }] as const;
      const send = () => licences.transfer(acme.admin, { to: beta.orgId, lines }, "once");
      const { records } = await send();
      await send();
      const told = await news();
      expect(told.map(({ to }) => to).sort()).toEqual(
        [...acme.addresses, ...beta.addresses, acme.addresses[0]].sort(),
      );
      for (const { text } of told) expect(text).toContain(records[0]?.transfer?.number);
    });

    test(`${name}: R-088 L-28: the devices of registered ACS Pro servers are counted by type, those of hardware for itself`, async () => {
      const acme = await house();
      const { licences } = hub.services;
      expect(await licences.product(acme.admin, "VMS")).toMatchObject({ registered: false, need: {} });
      const servers = [
        serverReport({ n: ++serial, counts: { CORE: 40, UNIVERSAL: 2 } }),
        serverReport({ n: ++serial, counts: { CORE: 5 } }),
        serverReport({ n: ++serial, licensing: "hardware", counts: { CORE: 16 } }),
      ];
      await acme.site.sync({ servers });
      const product = await licences.product(acme.admin, "VMS");
      expect(product).toMatchObject({ registered: true, need: { CORE: 45, UNIVERSAL: 2 } });
      expect((await licences.systems(acme.admin)).items).toMatchObject([
        {
          product: "VMS",
          connectivity: "online",
          licensing: "subscription",
          inUse: { CORE: 40, UNIVERSAL: 2 },
        },
        { licensing: "subscription", inUse: { CORE: 5 } },
        { licensing: "hardware", inUse: { CORE: 16 } },
      ]);
      // A host that cannot count for once has no fewer devices.
      const silent = servers.map((each) => ({
        ...each,
        facts: { ...each.facts, counts: "unknown" as const },
      }));
      await acme.site.sync({ servers: silent });
      expect((await licences.product(acme.admin, "VMS")).need).toEqual({ CORE: 45, UNIVERSAL: 2 });
    });
  });
});
