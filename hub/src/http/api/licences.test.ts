import { createPublicKey, generateKeyPairSync } from "node:crypto";
import type {
  HardwareRegistration,
  LicenceChange,
  LicencePosting,
  LicenceRecord,
  LicenceStock,
  LicenceYear,
  LicensedSystem,
  OrgId,
  ProductLicences,
  SystemUpload,
} from "@fyr/protocol";
import type { Person } from "../../access/caller.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLicenceFile } from "../../licences/licence-file.ts";
import { writeSystemFile, type SystemFacts } from "../../licences/system-file.ts";
import { TICKS_PER_LICENCE, ticksOf } from "../../licences/ticks.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { join, newPerson } from "../../testing/people.ts";
import { testSite, type TestSite } from "../../testing/site.ts";
import { serverReport } from "../../testing/server.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { goTo, issuedKey, licenceDesk, type LicenceDesk } from "../testing/licence-desk.ts";
import { API_PREFIX } from "./routes/index.ts";

const CORE = "VMS/CORE/subscription";
let servers = 800;

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: ApiBed;

  interface Office {
    readonly orgId: OrgId;
    readonly name: string;
    readonly site: TestSite;
    readonly person: Person;
    readonly desk: LicenceDesk;
    readonly admin: string;
    /** Its server says that it has so many devices. */
    report(counts: Record<string, number>): Promise<unknown>;
  }

  /** An organisation with a server of so many devices, and its admin's desk. */
  async function office(counts: Record<string, number> | null): Promise<Office> {
    const n = ++servers;
    const town = { store: opened.store, ids: bed.hub.ports.ids };
    const person = await newPerson(town);
    const { accountId } = person;
    const { id: orgId, name: called } = await bed.hub.services.createOrganisation(person, {
      name: `Office ${n}`,
    });
    const site = await testSite(bed.hub, orgId);
    const report = (by: Record<string, number>) => site.sync({ servers: [serverReport({ n, counts: by })] });
    if (counts) await report(counts);
    const desk = licenceDesk(bed, { orgId }, accountId);
    return { orgId, name: called, site, person, desk, admin: `account:${accountId}`, report };
  }
  const redeem = async ({ desk }: Office, wish: Record<string, unknown>) =>
    desk.post<LicenceChange>("/redeem", { key: await issuedKey(bed, wish) });
  const items = (qty: number, type = "CORE", termYears = 1) => ({ items: [{ type, qty, termYears }] });
  const start = ({ desk }: Office, product = "VMS") => desk.post<LicenceChange>("/start", { product });
  const fill = (index: number, seats: Record<string, number>, preview = false) => ({
    ...{ product: "VMS", years: [{ index, items: seats }], preview },
  });
  const years = async ({ desk }: Office) =>
    (await desk.get<{ items: LicenceYear[] }>("/years", { product: "VMS" })).items;
  const product = async ({ desk }: Office, code = "VMS") => {
    const found = (await desk.get<{ items: ProductLicences[] }>("")).items.find(
      (each) => each.product === code,
    );
    if (!found) throw new Error("no such product");
    return found;
  };
  const history = async ({ desk }: Office, query: Record<string, string> = {}) =>
    (await desk.get<{ items: LicenceRecord[] }>("/history", { limit: "200", ...query })).items;
  const postings = async ({ desk }: Office, account: string, commodity: string) => {
    const query = { account, commodity, limit: "500" };
    return (await desk.get<{ items: LicencePosting[] }>("/postings", query)).items;
  };
  const sum = (found: readonly { ticks: number }[]) => found.reduce((all, { ticks }) => all + ticks, 0);

  beforeAll(async () => {
    opened = await open();
    bed = await openApiBed({ store: opened.store });
    await goTo(bed, "2026-03-02");
  });
  afterAll(async () => {
    await bed.close();
    await opened.drop();
  });

  describe.skipIf(!runs)("licences over HTTP", () => {
    test(`${name}: R-082 R-083 R-088 R-089 R-115 R-116 R-117 R-118 R-119 R-120 L-20 L-21 L-22 W-1: a subscription is started once, for what is registered, and its trial's last day is shown`, async () => {
      const none = await office(null);
      expect(await none.desk.problem("/start", { product: "VMS" })).toEqual([
        "PRODUCT_NOT_REGISTERED",
        { product: "VMS" },
      ]);
      const acme = await office({ CORE: 50 });
      expect(await product(acme)).toMatchObject({
        state: "not_started",
        registered: true,
        need: { CORE: 50 },
      });
      expect(await acme.desk.post<LicenceChange>("/start", { product: "VMS", preview: true })).toMatchObject({
        ...{
          preview: true,
          organisation: { name: acme.name },
          records: [{ type: "product.start", seq: null }],
        },
      });
      expect((await product(acme)).state).toBe("not_started");
      const { organisation, records } = await start(acme);
      expect(organisation).toEqual({ id: acme.orgId, name: acme.name });
      expect(records).toMatchObject([{ type: "product.start", on: "2026-03-02", actor: acme.admin }]);
      expect(await product(acme)).toMatchObject({
        ...{ state: "trial", startedOn: "2026-03-02", lastDay: "2026-03-31", daysLeft: 30 },
        year: { index: 0, start: "2026-03-02", lastDay: "2027-03-01", days: 365 },
      });
      expect((await acme.desk.problem("/start", { product: "VMS" }))[0]).toBe("SUBSCRIPTION_STARTED");
    });

    test(`${name}: R-099 R-100 R-103 R-104 R-105 R-121 R-122 R-123 R-124 L-01 L-04 L-10: a key is looked at, then goes into the wallet whole, and the history says who and when`, async () => {
      const acme = await office({ CORE: 1 });
      await start(acme);
      const key = await issuedKey(bed, items(60));
      const seen = await acme.desk.post<LicenceChange>("/redeem", { key, preview: true });
      expect(seen).toMatchObject({
        ...{ preview: true, organisation: { name: acme.name } },
        wallet: [{ commodity: CORE, before: 0, after: ticksOf(60) }],
      });
      expect(await acme.desk.wallet(CORE)).toBeUndefined();
      await acme.desk.post("/redeem", { key: key.toLowerCase().replaceAll("-", " ") });
      expect(await acme.desk.wallet(CORE)).toMatchObject({
        ...{ available: 60, fraction: 0, locked: 0, expiringSoon: 0 },
        lots: [{ origin: "key", lastDay: "2031-03-01", keyHint: key.replaceAll("-", "").slice(-5) }],
      });
      expect((await history(acme, { type: "key.redeem" }))[0]).toMatchObject({
        ...{ actor: acme.admin, at: bed.hub.clock.wall(), on: "2026-03-02", product: "VMS" },
      });
      expect((await acme.desk.problem("/redeem", { key, preview: true }))[0]).toBe("KEY_ALREADY_REDEEMED");
    });

    test(`${name}: R-125 R-126 R-128 R-129 R-130 R-131 L-33 W-2 W-3: an allocation wants the whole need and a wallet that holds it; the preview names the year before the click`, async () => {
      const acme = await office({ CORE: 50 });
      await start(acme);
      await redeem(acme, items(40));
      expect(await acme.desk.problem("/allocate", fill(0, { CORE: 50 }))).toMatchObject([
        "WALLET_INSUFFICIENT",
        { need: 50, available: 40, missing: 10 },
      ]);
      await redeem(acme, items(20));
      expect((await acme.desk.problem("/allocate", fill(0, { CORE: 49 })))[0]).toBe("BELOW_NEED");
      expect((await product(acme)).state).toBe("trial");
      const preview = await acme.desk.post<LicenceChange>("/allocate", fill(0, { CORE: 50 }, true));
      expect(preview).toMatchObject({
        ...{ preview: true, organisation: { name: acme.name }, arithmetic: [] },
        ...{ records: [{ type: "year.allocate", year: 0, seq: null }] },
        wallet: [{ before: ticksOf(60), after: ticksOf(10) }],
      });
      await acme.desk.post("/allocate", fill(0, { CORE: 50 }), "w2");
      await acme.desk.post("/allocate", fill(0, { CORE: 50 }), "w2");
      expect(await product(acme)).toMatchObject({
        state: "licensed",
        lastDay: "2027-03-01",
        seats: { CORE: 50 },
      });
      expect(await acme.desk.wallet(CORE)).toMatchObject({ available: 10 });
    });

    test(`${name}: R-101 R-127 R-137 R-138 R-139 L-23 L-24 W-9 W-14: years are filled in their order, five ahead and no further`, async () => {
      const acme = await office({ CORE: 10 });
      await start(acme);
      await redeem(acme, items(12, "CORE", 5));
      expect((await acme.desk.problem("/allocate", fill(1, { CORE: 10 })))[0]).toBe("YEAR_ORDER");
      const all = [0, 1, 2, 3, 4, 5].map((index) => ({ index, items: { CORE: 10 } }));
      await acme.desk.post("/allocate", { product: "VMS", years: all });
      expect((await years(acme)).map(({ filled, open: may }) => [filled, may])).toEqual(
        all.map(() => [true, true]),
      );
      expect(await product(acme)).toMatchObject({ lastDay: "2032-03-01" });
      expect((await acme.desk.problem("/allocate", fill(6, { CORE: 1 })))[0]).toBe("TOO_FAR_AHEAD");
      const last = (await years(acme)).at(-1)?.allocations[0]?.id ?? "";
      await acme.desk.post("/release", { allocation: last, preview: true });
      await acme.desk.post("/release", { allocation: last });
      expect((await years(acme)).at(-1)).toMatchObject({ filled: false, seats: {} });
      expect((await acme.desk.problem("/release", { allocation: last }))[0]).toBe("RELEASE_REFUSED");
    });

    test(`${name}: L-32: spare UNIVERSAL seats stand in for CORE, and never the other way`, async () => {
      const acme = await office({ CORE: 3, UNIVERSAL: 1 });
      await start(acme);
      await redeem(acme, { items: [...items(9).items, ...items(9, "UNIVERSAL").items] });
      expect((await acme.desk.problem("/allocate", fill(0, { CORE: 4 })))[0]).toBe("BELOW_NEED");
      await acme.desk.post("/allocate", fill(0, { CORE: 1, UNIVERSAL: 3 }));
      expect(await product(acme)).toMatchObject({ state: "licensed", missing: {} });
    });

    test(`${name}: R-106 R-107 R-108 R-109 R-110 R-111 R-112 R-113 R-114 L-50 L-51 L-52 L-53: unused licences move to another organisation, wait there, and unlock with its start`, async () => {
      const [acme, beta] = [await office({ CORE: 1 }), await office({ CORE: 1 })];
      await start(acme);
      await redeem(acme, items(40));
      const lines = [{ product: "VMS", type: "CORE", kind: "subscription", qty: 30 }];
      const wish = { to: beta.orgId, lines };
      expect((await acme.desk.problem("/transfer", wish))[0]).toBe("NOT_FOUND");
      const { orgId } = beta;
      await join({ store: opened.store }, orgId, acme.person, { role: "viewer" });
      expect((await acme.desk.problem("/transfer", wish))[0]).toBe("NEED_ADMIN_IN_TARGET");
      await opened.store.write(async ({ members }) => {
        await members.remove(orgId, acme.person.accountId);
      });
      await join({ store: opened.store }, orgId, acme.person, { role: "admin" });
      const more = { ...wish, lines: [{ ...lines[0], qty: 41 }] };
      expect((await acme.desk.problem("/transfer", more))[0]).toBe("WALLET_INSUFFICIENT");
      const { records } = await acme.desk.post<LicenceChange>("/transfer", wish);
      const there = beta.desk;
      expect(await there.wallet(CORE)).toMatchObject({ available: 0, locked: 30 });
      const [arrived] = await history(beta, { type: "wallet.transferIn" });
      expect(arrived?.transfer?.number).toBe(records[0]?.transfer?.number);
      await start(beta);
      expect(await there.wallet(CORE)).toMatchObject({
        available: 30,
        locked: 0,
        lots: [{ origin: "transfer" }],
      });
      expect(await acme.desk.wallet(CORE)).toMatchObject({ available: 10 });
    });

    test(`${name}: R-084 R-085 R-145 R-146 R-147 R-148 R-149 R-150 R-151 R-152 R-153 L-60 L-61 L-62 L-63 W-12: hardware brings its licences, extension licences go to it for its life, and both come back with it`, async () => {
      const acme = await office({ CORE: 1 });
      const hardware = `RX-${++servers}`;
      const announced = await bed.app.inject({
        ...{ method: "POST", url: `${API_PREFIX}/licences/hardware`, headers: bed.operator },
        payload: { hardware, product: "VMS", items: { CORE: 16 } },
      });
      expect(announced.statusCode).toBe(204);
      const recorder = { hardware, name: "Recorder" };
      expect(
        await acme.desk.post<HardwareRegistration>("/hardware", { ...recorder, preview: true }),
      ).toMatchObject({
        ...{ preview: true, organisation: { name: acme.name }, system: { capacity: { CORE: 16 } } },
      });
      const known = await acme.desk.get<{ items: LicensedSystem[] }>("/systems");
      expect(known.items.map((each) => each.hardware)).not.toContain(hardware);
      const { system: made } = await acme.desk.post<HardwareRegistration>("/hardware", recorder);
      expect(made).toMatchObject({ licensing: "hardware", capacity: { CORE: 16 } });
      const extension = { kind: "extension", items: [...items(8).items, ...items(2, "UNIVERSAL").items] };
      const held = await redeem(acme, extension);
      expect(held.organisation).toEqual({ id: acme.orgId, name: acme.name });
      expect(await acme.desk.wallet("VMS/CORE/extension")).toMatchObject({ available: 8 });
      expect(await acme.desk.wallet("VMS/UNIVERSAL/extension")).toMatchObject({ available: 2 });
      const wish = { systemId: made.id, items: { CORE: 4 } };
      await acme.desk.post("/extend", { ...wish, preview: true });
      await acme.desk.post("/extend", wish);
      const listed = async () =>
        (await acme.desk.get<{ items: LicensedSystem[] }>("/systems")).items.find(
          ({ hardware: id }) => id === hardware,
        );
      expect(await listed()).toMatchObject({ capacity: { CORE: 20 }, shortage: {} });
      await acme.desk.post("/remove-system", { systemId: made.id });
      expect(await listed()).toBeUndefined();
      const { system: again } = await acme.desk.post<HardwareRegistration>("/hardware", recorder);
      expect(again).toMatchObject({ capacity: { CORE: 20 } });
      expect(await history(acme, { type: "hw.activate" })).toHaveLength(1);
    });

    test(`${name}: R-086 L-13 L-65 W-13: an upgrade licence turns one old licence into a new one, once, with the old one's date`, async () => {
      const acme = await office({ CORE: 1 });
      await start(acme);
      await redeem(acme, { product: "ACS5", ...items(12) });
      await redeem(acme, { kind: "upgrade", ...items(12, "ACS5-PRO") });
      // Locked as long as ACS5 is not started; an upgrade uses what can be used.
      const wish = { product: "VMS", type: "ACS5-PRO", qty: 8 };
      expect((await acme.desk.problem("/upgrade", wish))[0]).toBe("WALLET_INSUFFICIENT");
      const pair = generateKeyPairSync("ed25519");
      const old = systemFacts(pair.publicKey, { product: "ACS5" });
      await acme.desk.post("/system-files", { file: writeSystemFile(old, pair.privateKey) });
      await start(acme, "ACS5");
      await acme.desk.post("/upgrade", { ...wish, preview: true });
      await acme.desk.post("/upgrade", wish);
      expect(await acme.desk.wallet(CORE)).toMatchObject({ available: 8, lots: [{ origin: "upgrade" }] });
      expect(await acme.desk.wallet("VMS/ACS5-PRO/upgrade")).toMatchObject({ available: 4 });
      expect((await acme.desk.problem("/upgrade", wish))[0]).toBe("WALLET_INSUFFICIENT");
      expect((await acme.desk.problem("/upgrade", { ...wish, type: "NONE" }))[0]).toBe(
        "UPGRADE_PATH_UNKNOWN",
      );
    });

    const systemFacts = (
      publicKey: ReturnType<typeof createPublicKey>,
      more: Partial<SystemFacts> = {},
    ): SystemFacts => ({
      ...{
        product: "VMS",
        systemId: bed.hub.ports.ids.next(),
        name: "Basement",
        hardware: `PC-${++servers}`,
      },
      publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
      ...{ softwareVersion: "6", counts: { CORE: 3 }, createdAt: 1, sequence: 1 },
      ...more,
    });

    test(`${name}: R-093 R-094 R-095 R-096 R-097 R-098 L-70 L-71 L-72 L-73: a system without a network is looked at, registered and answered by files`, async () => {
      const acme = await office(null);
      const pair = generateKeyPairSync("ed25519");
      const facts = systemFacts(pair.publicKey);
      const file = (sequence: number) => writeSystemFile({ ...facts, sequence }, pair.privateKey);
      expect(
        await acme.desk.post<SystemUpload>("/system-files", { file: file(1), preview: true }),
      ).toMatchObject({
        ...{ preview: true, organisation: { name: acme.name } },
        ...{ needBefore: {}, needAfter: { CORE: 3 }, system: { name: "Basement" } },
      });
      expect(await acme.desk.get("/systems")).toEqual({ items: [] });
      await acme.desk.post("/system-files", { file: file(1) });
      expect((await acme.desk.problem("/system-files", { file: file(1) }))[0]).toBe("SYSTEM_FILE_STALE");
      const other = await office(null);
      expect(await other.desk.problem("/system-files", { file: file(2) })).toEqual([
        "SYSTEM_REGISTERED_ELSEWHERE",
        {},
      ]);
      await start(acme);
      await redeem(acme, items(3));
      await acme.desk.post("/allocate", fill(0, { CORE: 3 }));
      const { text } = await acme.desk.post<{ text: string }>("/licence-files", { systemId: facts.systemId });
      const key = createPublicKey(bed.hub.ports.licenceFiles.publicKey);
      expect(readLicenceFile(text, key)).toMatchObject({
        ...{ entitlements: { CORE: 3 }, answers: 1, orgId: acme.orgId, validUntil: "2027-04-01" },
      });
      expect((await acme.desk.problem("/extend", { systemId: facts.systemId, items: { CORE: 1 } }))[0]).toBe(
        "SYSTEM_NOT_HARDWARE_LICENSED",
      );
    });

    test(`${name}: R-132 R-133 R-134 R-140 R-141 R-142 R-143 L-40 L-41 L-42 L-43 W-4 W-5: what comes late is credited to the day, growth is free up to double, and the years keep their dates`, async () => {
      const [late, acme] = [await office({ CORE: 100 }), await office({ CORE: 50 })];
      for (const each of [late, acme]) {
        await start(each);
        await redeem(each, items(200));
      }
      await acme.desk.post("/allocate", fill(0, { CORE: 50 }));
      await goTo(bed, "2026-09-01");
      const year0 = (await years(late))[0];
      const preview = await late.desk.post<LicenceChange>("/allocate", fill(0, { CORE: 100 }, true));
      const done = await late.desk.post<LicenceChange>("/allocate", fill(0, { CORE: 100 }));
      expect(done.arithmetic).toEqual([
        "100 CORE seats, 153 of 365 days not used → 41.9178 licences credited",
      ]);
      expect(preview.arithmetic).toEqual(done.arithmetic);
      expect(await late.desk.wallet(CORE)).toMatchObject({ available: 141, fraction: 122_610 });
      const after = (await years(late))[0];
      expect([after?.start, after?.lastDay]).toEqual([year0?.start, year0?.lastDay]);
      expect((await history(late, { type: "year.compensate" }))[0]?.arithmetic).toBe(done.arithmetic[0]);

      await acme.report({ CORE: 80 });
      expect(await product(acme)).toMatchObject({ state: "licensed", need: { CORE: 50 }, growth: null });
      expect((await years(acme))[1]).toMatchObject({ need: { CORE: 80 } });
      await goTo(bed, "2026-11-13");
      await acme.report({ CORE: 120 });
      await bed.hub.licenceDay.runOnce();
      await goTo(bed, "2026-11-15");
      expect(await product(acme)).toMatchObject({
        ...{ state: "licensed", covered: { CORE: 120 } },
        growth: { raisedOn: "2026-11-15", minimum: { CORE: 10 }, recommended: { CORE: 70 } },
      });
      await acme.desk.post("/allocate", fill(0, { CORE: 10 }));
      expect(await product(acme)).toMatchObject({ growth: null, seats: { CORE: 60 } });
      await everyFigure(late);
      await everyFigure(acme);
    });

    /** Each figure of the wallet, the years and the products is what the postings behind it sum to (K-03). */
    async function everyFigure(at: Office): Promise<void> {
      const stocks = (await at.desk.get<{ items: LicenceStock[] }>("/wallet")).items;
      expect(stocks.length).toBeGreaterThan(0);
      for (const { commodity, available, fraction, locked, accounts, lots } of stocks) {
        const free = await postings(at, accounts.available, commodity);
        expect(sum(free)).toBe(ticksOf(available) + fraction);
        const kept = await postings(at, accounts.locked, commodity);
        expect(Math.floor(sum(kept) / TICKS_PER_LICENCE)).toBe(locked);
        for (const { id, ticks, place } of lots)
          expect(sum((place === "wallet" ? free : kept).filter(({ lot }) => lot === id))).toBe(ticks);
      }
      const all = (await at.desk.get<{ items: ProductLicences[] }>("")).items;
      expect(all.flatMap(({ stock }) => stock)).toEqual(expect.arrayContaining(stocks));
      const records = await history(at);
      for (const year of await years(at)) {
        for (const [type, ticks] of Object.entries(year.ticks))
          expect(sum(await postings(at, year.account, `VMS/${type}/subscription`))).toBe(ticks);
        const seats: Record<string, number> = {};
        for (const { id, seats: given, credited } of year.allocations) {
          const of = records
            .filter(({ allocation }) => allocation === id)
            .flatMap((record) => record.postings);
          const into = of.filter(({ account, ticks }) => account === year.account && ticks > 0);
          const back = of.filter(({ account, ticks }) => account === year.account && ticks < 0);
          expect(sum(into)).toBe(ticksOf(Object.values(given).reduce((total, n) => total + n, 0)));
          expect(sum(back) + credited).toBe(0);
          for (const [type, n] of Object.entries(given)) seats[type] = (seats[type] ?? 0) + n;
        }
        expect(seats).toEqual(year.seats);
      }
    }

    test(`${name}: R-104 R-105 L-80: the history is filtered by product, kind, person and day, and goes out as CSV and as signed JSON`, async () => {
      const acme = await office({ CORE: 1 });
      await start(acme);
      await redeem(acme, items(2));
      await acme.desk.post("/allocate", fill(0, { CORE: 1 }));
      expect((await history(acme, { type: "year.allocate", actor: acme.admin, product: "VMS" })).length).toBe(
        1,
      );
      expect(await history(acme, { product: "DM" })).toEqual([]);
      expect(await history(acme, { to: "2026-03-02" })).toEqual([]);
      for (const [format, type] of [
        ["csv", "text/csv"],
        ["json", "application/jsonl"],
      ] as const) {
        const answer = await bed.app.inject({
          method: "GET",
          url: `${API_PREFIX}/orgs/${acme.orgId}/licences/export?format=${format}`,
          headers: bed.signIn({ accountId: acme.person.accountId }),
        });
        expect(answer.headers["content-type"]).toContain(type);
        expect(answer.body).toContain("year.allocate");
      }
      await everyFigure(acme);
    });
  });
});
