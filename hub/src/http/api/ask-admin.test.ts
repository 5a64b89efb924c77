import { OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../../access/caller.ts";
import { chainOf } from "../../accounts/trail.ts";
import { readMail } from "../../mail/post.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { ownerOf } from "../../testing/members.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { openHouse, type House } from "../testing/house.ts";
import { API_PREFIX } from "./routes/index.ts";

const NOWHERE = OrgId.parse("01890000-0000-7000-8000-00000000abcd");
const HOUR_MS = 3_600_000;

describe.each(await testDatabases())("A-28 on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("ask an admin", () => {
    let opened: OpenedStore;
    let bed: ApiBed;
    let own: House;
    let other: House;
    let gone: House;

    beforeAll(async () => {
      opened = await open();
      bed = await openApiBed({ store: opened.store });
      [own, other] = [await openHouse(bed, "Acme"), await openHouse(bed, "Globex")];
      gone = await openHouse(bed, "Initech");
      const { orgId } = gone;
      await bed.hub.services.archiveOrganisation(ownerOf(orgId), { id: orgId, riskUnderstood: true });
    });
    afterAll(async () => {
      await bed.close();
      await opened.drop();
    });

    const ask = (who: Person, orgId: string, page: string) =>
      bed.app.inject({
        ...{ method: "POST", url: `${API_PREFIX}/access-requests`, payload: { orgId, page } },
        headers: bed.signIn({ accountId: who.accountId }),
      });
    const letters = async () =>
      (await bed.hub.store.read.mails.page({}, { limit: 500 })).filter(({ kind }) => kind === "access_asked");
    const told = async (house: House) => Promise.all([house.people.owner, house.people.admin].map(emailOf));
    const emailOf = async ({ accountId }: Person) =>
      String((await bed.hub.store.read.accounts.find(accountId))?.email);
    const entries = ({ accountId }: Person) =>
      bed.hub.store.read.audit.page(chainOf(accountId), { limit: 100 }, "everybody");

    test("a page that is absent, hidden, elsewhere, archived or nowhere has one answer, and leaves one entry", async () => {
      const viewer = await own.newcomer("viewer");
      const cases = [
        [own.orgId, `folders/${own.folders.paris}`],
        [own.orgId, `folders/${NOWHERE}`],
        [other.orgId, `folders/${other.folders.paris}`],
        [gone.orgId, "devices"],
        [NOWHERE, "devices"],
      ] as const;
      const answers: unknown[] = [];
      for (const [at, [orgId, page]] of cases.entries()) {
        const { statusCode, body, headers } = await ask(viewer, orgId, page);
        const { date: _, ratelimit: __, ...same } = headers;
        answers.push({ statusCode, body, same });
        expect(await entries(viewer)).toHaveLength(at + 1);
      }
      expect(answers[0]).toMatchObject({ statusCode: 204, body: "" });
      for (const each of answers) expect(each).toEqual(answers[0]);
    });

    test("only admins of the asker's own organisation are told, in one letter each, without a link of the asker's", async () => {
      const viewer = await own.newcomer("viewer");
      const before = new Set((await letters()).map(({ id }) => id));
      for (const { orgId } of [own, other, gone]) await ask(viewer, orgId, "https://evil.test/x");
      const sent = (await letters()).filter(({ id }) => !before.has(id));
      expect(sent.map(({ to }) => to).sort()).toEqual((await told(own)).sort());
      for (const mail of sent) {
        const { text } = readMail(mail, bed.hub.ports.sealing) ?? { text: "" };
        expect(text).toContain(await emailOf(viewer));
        expect(text).not.toContain("https://evil.test");
      }
    });

    test("an admin who asks does not write to themselves", async () => {
      const before = (await letters()).length;
      const admin = await own.newcomer("admin");
      await ask(admin, own.orgId, "devices/x");
      const sent = (await letters()).slice(0, (await letters()).length - before);
      expect(sent.map(({ to }) => to)).not.toContain(await emailOf(admin));
      expect(sent.length).toBeGreaterThan(0);
    });

    test("five in an hour are enough, wherever they went, and the sixth is refused the same way", async () => {
      const refusals: string[] = [];
      for (const last of [own.orgId, other.orgId, NOWHERE]) {
        const viewer = await own.newcomer("viewer");
        for (let n = 0; n < 5; n++)
          expect((await ask(viewer, n % 2 ? own.orgId : NOWHERE, "x")).statusCode).toBe(204);
        const refused = await ask(viewer, last, "x");
        expect(refused.statusCode).toBe(429);
        refusals.push(refused.body);
        await bed.hub.clock.advance(HOUR_MS);
        expect((await ask(viewer, last, "x")).statusCode).toBe(204);
      }
      expect(new Set(refusals).size).toBe(1);
    });
  });
});
