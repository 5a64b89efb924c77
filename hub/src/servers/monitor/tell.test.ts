import type { FolderId, ServerHealth } from "@fyr/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { HubStore } from "../../store/store.ts";
import { readMail } from "../../mail/post.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { join, newFolder, newPerson } from "../../testing/people.ts";
import { serverHealth, serverReport } from "../../testing/server.ts";
import { testHub, testSite, type TestHub } from "../../testing.ts";

const full = { volumes: [{ name: "D:", use: "recordings" as const, totalBytes: 100, freeBytes: 5 }] };
let machines = 1_000;

describe.each(await testDatabases())("alert letters on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("R-026 R-031", () => {
    let opened: OpenedStore;
    let hub: TestHub;
    let told = 0;
    let breaks = false;

    beforeAll(async () => {
      opened = await open();
      const { store } = opened;
      const write: HubStore["write"] = (work) =>
        store.write(async (stores) => {
          const done = await work(stores);
          if (breaks) throw new Error("the disk is full");
          return done;
        });
      hub = await testHub({ store: { ...store, write } });
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });
    beforeEach(() => void (told = 0));

    const outbox = async () => (await hub.store.read.mails.page({}, { limit: 500 })).toReversed();

    /** An organisation with a server in Lyon, and people with every kind of access. */
    async function lyon() {
      const { services, store, ports } = hub;
      const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
      const town = { store, ids: ports.ids };
      const site = await testSite(hub, orgId);
      const n = ++machines;
      const tell = async (health: Partial<ServerHealth>) =>
        site.sync({ servers: [serverReport({ n }, { health: serverHealth(health) })] });
      await tell({});
      const owner = ownerOf(orgId);
      const [server] = (await services.servers(owner, { limit: 9 })).items;
      const [region, other] = [await newFolder(town, orgId, "Lyon"), await newFolder(town, orgId, "Paris")];
      const hall = await newFolder(town, orgId, "Hall", region);
      await services.moveServer(owner, server!.id, hall);
      const person = async (
        held: Parameters<typeof join>[3],
        facts: Parameters<typeof newPerson>[1] = {},
      ): Promise<string> => {
        const who = await newPerson(town, facts);
        await join(town, orgId, who, held);
        return who.email;
      };
      const grants = (folderId: FolderId, role: "operator" | "viewer") => [{ folderId, role }];
      const admin = await person({ role: "admin" });
      const operator = await person(
        { role: "operator", grants: grants(region, "operator") },
        { language: "fr" },
      );
      await person({ role: "viewer", grants: grants(region, "viewer") });
      await person({ role: "operator", grants: grants(other, "operator") });
      await person({ role: "operator" });
      const before = (await outbox()).length;
      told = before;
      const news = async () => {
        const all = await outbox();
        return all.slice(told, (told = all.length) || undefined).map((mail) => ({
          ...{ to: mail.to, kind: mail.kind, ...readMail(mail, ports.sealing)! },
        }));
      };
      const alert = async () => (await services.alerts(owner, {}, { limit: 9 })).items[0]!;
      return { orgId, tell, news, owner, admin, operator, alert, region };
    }

    test("one letter for an alert and one for its end, to admins and to operators who reach the server", async () => {
      const { tell, news, admin, operator } = await lyon();
      await tell(full);
      const first = await news();
      expect(first.map(({ to, kind }) => [to, kind])).toEqual([
        [admin, "server_alert"],
        [operator, "server_alert"],
      ]);
      expect(first[0]?.text).toContain("Little free space on D:: 5 % (limit 10 %).");
      expect(first[1]?.text, "each in their own language").toContain("Peu d’espace libre sur D: : 5 %");
      await tell({ ...full, cpuPercent: 13 });
      await tell({ ...full, cpuPercent: 14 });
      expect(await news(), "not again while it lasts").toEqual([]);
      await tell({});
      expect((await news()).map(({ kind }) => kind)).toEqual(["server_alert_over", "server_alert_over"]);
      await tell({ cpuPercent: 15 });
      expect(await news()).toEqual([]);
    });

    test("nobody hears of the end of an alert that was acknowledged or is muted; a mute that ran out counts no more", async () => {
      const { tell, news, alert, owner } = await lyon();
      const { services, clock } = hub;
      await tell(full);
      await services.acknowledgeAlert(owner, (await alert()).id, "disk ordered");
      await news();
      await tell({});
      expect(await news()).toEqual([]);
      await tell(full);
      expect(await news(), "the next one is another").toHaveLength(2);
      await services.muteAlert(owner, (await alert()).id, clock.wall() + 60_000);
      await tell({});
      expect(await news()).toEqual([]);
      await tell(full);
      await services.muteAlert(owner, (await alert()).id, clock.wall() - 1);
      await news();
      await tell({});
      expect(await news()).toHaveLength(2);
    });

    test("what rolls back tells nobody: a letter is in the transaction of what was seen", async () => {
      const { tell, news, alert } = await lyon();
      breaks = true;
      await expect(tell(full)).rejects.toThrow();
      breaks = false;
      expect(await news()).toEqual([]);
      expect(await alert()).toBeUndefined();
      await tell(full);
      expect(await news()).toHaveLength(2);
    });

    test("nobody is told by an organisation that was archived meanwhile", async () => {
      const { tell, news, orgId, owner } = await lyon();
      await hub.services.archiveOrganisation(owner, { id: orgId, riskUnderstood: true });
      await news();
      await tell(full).catch(() => undefined);
      expect(await news()).toEqual([]);
    });
  });
});
