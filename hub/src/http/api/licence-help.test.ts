import type { LicenceGuide } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { openHouse, type House } from "../testing/house.ts";
import { licenceDesk } from "../testing/licence-desk.ts";
import { API_PREFIX } from "./routes/index.ts";

const both = (en: string, fr: string) => ({ en, fr });
const way = (name: "offline" | "subscription" | "hardware") => ({
  ...{ way: name, products: name === "hardware" ? ["VMS"] : [] },
  ...{ title: both(`By ${name}`, `Par ${name}`), steps: [both("First this.", "D’abord ceci.")] },
});
const seller = (country: string, name: string, products: string[] = []) => ({
  ...{ country, name, city: null, products, url: "https://seller.example", email: null, phone: null },
});
const GUIDE: LicenceGuide = {
  guides: [
    {
      ...{ product: null, title: both("Licence guide", "Guide des licences") },
      url: both("https://hub.example/en", "https://hub.example/fr"),
    },
    {
      ...{ product: "VMS", title: both("Licences of the VMS", "Licences du VMS") },
      url: both("https://hub.example/en/vms", "https://hub.example/fr/vms"),
    },
  ],
  ways: [way("offline"), way("subscription"), way("hardware")],
  sellers: [seller("FR", "Lumière"), seller("SE", "Fyrvakten"), seller("SE", "Ljus", ["DM"])],
};

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: ApiBed;
  let house: House;
  beforeAll(async () => {
    opened = await open();
    bed = await openApiBed({ store: opened.store });
    house = await openHouse(bed, "Acme");
  });
  afterAll(async () => {
    await bed.close();
    await opened.drop();
  });

  const desk = () => licenceDesk(bed, house, house.people.admin.accountId);
  const url = `${API_PREFIX}/licences/guide`;
  const supply = (payload: object, version: number, headers: object = bed.operator) =>
    bed.app.inject({ method: "PUT", url, headers: { ...headers, "if-match": `"${version}"` }, payload });

  describe.skipIf(!runs)("where licences are explained and sold", () => {
    test(`${name}: R-091: before anything was supplied there is nothing, and that is no failure`, async () => {
      expect(await desk().get("/help", { country: "FR" })).toEqual({
        ...{ version: 0, suppliedAt: null, guides: [], ways: [], sellers: [], countries: [] },
      });
      const { items } = await desk().get<{ items: object[] }>("");
      for (const item of items) expect(item).toMatchObject({ guide: null, sellers: 0 });
      const shown = await bed.app.inject({ method: "GET", url, headers: bed.operator });
      expect(shown.json()).toMatchObject({ version: 0, guide: { sellers: [] } });
      expect(shown.headers["etag"]).toMatch(/^"0\./);
    });

    test(`${name}: R-087 R-090 R-091 R-092: what the hub's operator supplied is there for each product and country`, async () => {
      expect((await supply(GUIDE, 0)).statusCode).toBe(200);
      const help = await desk().get("/help", { product: "VMS", country: "SE" });
      expect(help).toMatchObject({
        ...{ version: 1, guides: GUIDE.guides, ways: GUIDE.ways, countries: ["FR", "SE"] },
        sellers: [{ name: "Fyrvakten" }],
      });
      expect(await desk().get("/help", { product: "DM", country: "SE" })).toMatchObject({
        ...{ guides: [{ product: null }], ways: [{ way: "offline" }, { way: "subscription" }] },
        sellers: [{ name: "Fyrvakten" }, { name: "Ljus" }],
      });
      expect(await desk().get("/help", { country: "IT" })).toMatchObject({ sellers: [] });
      const { items } = await desk().get<{ items: { product: string }[] }>("");
      expect(items.find(({ product }) => product === "VMS")).toMatchObject({
        ...{ guide: both("https://hub.example/en/vms", "https://hub.example/fr/vms"), sellers: 2 },
      });
      expect(items.find(({ product }) => product === "DM")).toMatchObject({
        ...{ guide: both("https://hub.example/en", "https://hub.example/fr"), sellers: 3 },
      });
    });

    test(`${name}: what is wrong is named and changes nothing: a language, a country, a product, a double, no contact`, async () => {
      const wrong: [object, RegExp][] = [
        [{ ...GUIDE, guides: [{ ...GUIDE.guides[0], title: { en: "Guide" } }] }, /guides\.0\.title\.fr/],
        [{ ...GUIDE, sellers: [seller("QQ", "Nowhere")] }, /sellers\.0\.country: QQ/],
        [{ ...GUIDE, sellers: [seller("fr", "Small")] }, /two letters/],
        [{ ...GUIDE, sellers: [seller("FR", "Twice"), seller("FR", "Twice")] }, /once/],
        [{ ...GUIDE, sellers: [{ ...seller("FR", "Silent"), url: null }] }, /expected url, email or phone/],
        [{ ...GUIDE, ways: [way("offline"), way("offline")] }, /way and product once/],
        [
          { ...GUIDE, guides: [{ ...GUIDE.guides[0], url: both("http://a.example", "ftp://b.example") }] },
          /url\.en/,
        ],
        [{ ...GUIDE, surplus: 1 }, /surplus/],
      ];
      for (const [payload, problem] of wrong) {
        const answer = await supply(payload, 1);
        expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, "MESSAGE_INVALID"]);
        expect(answer.body).toMatch(problem);
      }
      const unknown = await supply({ ...GUIDE, sellers: [seller("FR", "Other", ["NONE"])] }, 1);
      expect(unknown.json()).toMatchObject({ code: "PRODUCT_UNKNOWN", details: { product: "NONE" } });
      expect(await desk().get("/help")).toMatchObject({ version: 1 });
    });

    test(`${name}: of two who supply at once one wins, and the other is told; nobody but the operator may`, async () => {
      const tries = await Promise.all([supply(GUIDE, 1), supply({ ...GUIDE, sellers: [] }, 1)]);
      expect(tries.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
      expect((await supply(GUIDE, 1)).json()).toMatchObject({ code: "VERSION_CONFLICT" });
      const owner = bed.signIn({ accountId: house.people.owner.accountId });
      expect((await supply(GUIDE, 2, owner)).statusCode).toBe(403);
      expect(await desk().get("/help")).toMatchObject({ version: 2 });
    });

    test(`${name}: row 54: an operator sees the mark of the devices in their folders, and no others exist for them`, async () => {
      const [inside, outside] = [await house.newDevice("hall"), await house.newDevice("paris")];
      const admin = desk();
      const marks = async (accountId: string) => {
        const { items } = await licenceDesk(bed, house, accountId).get<{
          items: { deviceId: string; covered: boolean }[];
        }>("/devices");
        return items.map(({ deviceId, covered }) => [deviceId, covered]);
      };
      for (const rank of ["operator", "viewer"] as const) {
        const { accountId } = house.people[rank];
        expect(await marks(accountId)).toEqual([[inside, false]]);
        const at = (id: string) =>
          bed.app.inject({
            method: "GET",
            url: `${API_PREFIX}/orgs/${house.orgId}/licences/devices/${id}`,
            headers: bed.signIn({ accountId }),
          });
        expect((await at(inside)).json()).toEqual({ deviceId: inside, product: "DM", covered: false });
        expect((await at(outside)).statusCode).toBe(404);
      }
      await admin.post("/start", { product: "DM" });
      expect(await marks(house.people.admin.accountId)).toEqual([
        [inside, true],
        [outside, true],
      ]);
      await bed.hub.clock.advance(31 * 24 * 3_600_000);
      expect(await marks(house.people.viewer.accountId)).toEqual([[inside, false]]);
      expect(await admin.get("/notices")).toMatchObject({ items: [{ kind: "coverEnded", product: "DM" }] });
    });
  });
});
