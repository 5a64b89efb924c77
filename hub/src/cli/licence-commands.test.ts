import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OrgId } from "@fyr/protocol";
import { systemClock, systemFiles } from "@fyr/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberOf, type Member } from "../access/member.ts";
import { CATALOGUE } from "../licences/catalogue.ts";
import { checkLedgers } from "../licences/check-ledgers.ts";
import { inUse } from "../licences/in-use.ts";
import { operatorLicences } from "../licences/operator-service.ts";
import { createPost } from "../mail/post.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { FOUNDER } from "../testing/members.ts";
import { testSite } from "../testing/site.ts";
import { issueToFile } from "./key-file.ts";
import { run } from "./testing/process.ts";

const DAY_MS = 86_400_000;
const KEY = /^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$/;

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let folder: string;
  let opened: OpenedStore;
  let hub: TestHub;
  let serial = 0;

  const licence = (...args: string[]) =>
    run(["admin", "licence", ...args, "--data", folder], { HUB_DATABASE_URL: opened.url });
  const issue = (batch: string, out: string, ...more: string[]) =>
    licence("issue", "--product", "DM", "--item", "CORE:3", "--batch", batch, "--out", out, ...more);
  const keysIn = async (file: string): Promise<string[]> =>
    (await readFile(file, "utf8"))
      .trimEnd()
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(",")[0] ?? "");
  const ownerOfNew = async (): Promise<Member> => {
    const { id } = await hub.services.createOrganisation(FOUNDER, { name: `org ${++serial}` });
    const membership = await opened.store.read.access.membership(id, FOUNDER.accountId);
    if (!membership) throw new Error("no member");
    return memberOf(FOUNDER, membership);
  };
  const auditOf = async (orgId: OrgId) =>
    (await opened.store.read.audit.page(orgId, { order: "newest", limit: 10 }, "everybody")).map(
      ({ action, after }) => ({ action, after }),
    );

  describe.skipIf(!runs)("hub admin licence", () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "fyr-licence-"));
      await run(["init", "--data", folder]);
      opened = await open();
      hub = await testHub({ store: opened.store });
      await hub.clock.advance(systemClock.wall() - 10 * DAY_MS - hub.clock.wall());
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
      await rm(folder, { recursive: true });
    });

    test(`${name}: L-03: a batch of keys is in its file and nowhere else, and each key can be redeemed`, async () => {
      const file = join(folder, "spring.csv");
      const made = await issue(
        "spring",
        file,
        "--item",
        "UNIVERSAL:1:5",
        "--product",
        "VMS",
        "--count",
        "40",
        "--json",
      );
      expect(JSON.parse(made.stdout)).toEqual({ batch: "spring", keys: 40, file, begunBefore: false });
      const text = await readFile(file, "utf8");
      expect(text.split("\r\n")[0]).toBe("key,batch,kind,product,items");
      expect(text.split("\r\n")[1]).toMatch(/^[^,]+,spring,subscription,VMS,CORE:3 UNIVERSAL:1:5$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const keys = await keysIn(file);
      expect(new Set(keys).size).toBe(40);
      for (const key of keys) {
        expect(key).toMatch(KEY);
        expect(made.stdout + made.stderr).not.toContain(key);
      }
      const kept = JSON.stringify(await opened.store.read.licences.batchKeys("spring"));
      for (const key of keys) expect(kept).not.toContain(key.slice(0, 11));
      const member = await ownerOfNew();
      await hub.services.licences.redeem(member, keys[7] ?? "", undefined);
      expect((await hub.services.licences.wallet(member)).items.map(({ locked }) => locked)).toEqual([3, 5]);
    });

    test(`${name}: a batch is issued once, and what was typed wrongly is explained`, async () => {
      const file = join(folder, "again.csv");
      await issue("again", file);
      expect((await issue("again", join(folder, "other.csv"))).stderr).toContain("KEY_BATCH_KNOWN");
      expect((await issue("more", file)).stderr).toBe(`${file} is there already; name another file`);
      const wrong = async (...more: string[]) =>
        (await issue("wrong", join(folder, "w.csv"), ...more)).stderr;
      expect(await wrong("--item", "CORE")).toContain("expected TYPE:QUANTITY, or TYPE:QUANTITY:YEARS");
      expect(await wrong("--item", "NONE:3")).toContain("expected types among CORE");
      expect(await wrong("--count", "many")).toContain("count");
      expect(await wrong("--kind", "gift")).toContain("kind");
      expect(await wrong("--product", "NONE")).toContain("PRODUCT_UNKNOWN");
      expect((await issue("wrong", join(folder, "none", "w.csv"))).stderr).toContain("cannot be written");
      expect(await opened.store.read.licences.batchKeys("wrong")).toEqual([]);
    });

    test(`${name}: a command that is cut off anywhere leaves all keys of a batch or none, and goes on when it comes again`, async () => {
      const operator = operatorLicences({
        ...{
          ports: { ...hub.ports, post: createPost(hub.ports) },
          store: opened.store,
          catalogue: CATALOGUE,
          inUse,
        },
      });
      const items = [{ type: "CORE", qty: 1, termYears: 1 }];
      const cut = () => Promise.reject(new Error("cut off"));
      const beforeTheFirst = { ...systemFiles, replace: cut };
      const beforeTheName = { ...systemFiles, rename: cut };
      const beforeTheCommit: typeof operator = {
        ...operator,
        issueKeys: async (_actor, _wish, keep) => {
          await keep?.(["AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"]);
          return cut();
        },
      };
      const inTheCommit = operatorLicences({
        ...{ ports: { ...hub.ports, post: createPost(hub.ports) }, catalogue: CATALOGUE, inUse },
        store: {
          ...opened.store,
          write: (work) =>
            opened.store.write(async (stores) => {
              await work(stores);
              return cut();
            }),
        },
      });
      const tries = [
        [beforeTheFirst, operator, 0],
        [systemFiles, beforeTheCommit, 0],
        [systemFiles, inTheCommit, 0],
        [beforeTheName, operator, 25],
      ] as const;
      for (const [n, [files, acting, kept]] of tries.entries()) {
        const batch = `cut-${n}`;
        const file = join(folder, `${batch}.csv`);
        const wish = { kind: "subscription", product: "DM", items, count: 25, batch } as const;
        await expect(issueToFile(files, acting, wish, file)).rejects.toThrow();
        expect(await opened.store.read.licences.batchKeys(batch)).toHaveLength(kept);
        await expect(stat(file)).rejects.toThrow("ENOENT");
        const again = await issueToFile(systemFiles, operator, wish, file);
        expect(again).toEqual({ batch, keys: 25, file, begunBefore: kept > 0 });
        expect(await operator.isBatch(batch, await keysIn(file))).toBe(true);
        await expect(stat(`${file}.part`)).rejects.toThrow("ENOENT");
      }
      const part = join(folder, "lost.csv.part");
      await writeFile(part, await readFile(join(folder, "cut-3.csv")));
      expect((await issue("another", join(folder, "lost.csv"))).stderr).toContain("holds batch cut-3");
      expect(await keysIn(part)).toHaveLength(25);
    });

    test(`${name}: L-02: a void key is worth nothing, and why stands in the audit`, async () => {
      const file = join(folder, "void.csv");
      await issue("void", file, "--count", "2");
      const [first = "", second = ""] = await keysIn(file);
      const member = await ownerOfNew();
      const told = await licence("void", "--key", first.toLowerCase(), "--reason", "stolen", "--json");
      expect(JSON.parse(told.stdout)).toEqual({ voided: true });
      await expect(hub.services.licences.redeem(member, first, undefined)).rejects.toMatchObject({
        code: "KEY_INVALID",
      });
      await hub.services.licences.redeem(member, second, undefined);
      const late = await licence("void", "--key", second, "--reason", "late");
      expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("KEY_ALREADY_REDEEMED")]);
      expect((await licence("void", "--key", "x", "--reason", " ")).stderr).toContain("MESSAGE_INVALID");
    });

    test(`${name}: R-145: an RMA moves everything from broken hardware to what replaces it, and nothing twice`, async () => {
      const member = await ownerOfNew();
      const [from, to] = [`RX-${name}-1`, `RX-${name}-2`];
      await licence("announce", "--hardware", from, "--product", "VMS", "--item", "CORE:16");
      await hub.services.licences.registerHardware(
        member,
        { hardware: from, name: "Recorder" },
        false,
        undefined,
      );
      const replace = (...more: string[]) =>
        licence(
          "replace",
          "--id",
          member.orgId,
          "--from",
          from,
          "--to",
          to,
          "--reason",
          "case 4711",
          ...more,
        );
      const { records } = JSON.parse((await replace("--json")).stdout) as { records: { type: string }[] };
      expect(records.map(({ type }) => type)).toEqual(["ext.rma"]);
      expect((await replace()).stderr).toContain("RMA_REFUSED");
      const balances = await opened.store.read.licences.hardwareBalances(to);
      expect([...balances.preloaded.keys()]).toEqual(["VMS/CORE/preloaded"]);
      expect((await auditOf(member.orgId))[0]).toMatchObject({
        action: "licence.hardware.replaced",
        after: { wish: { reason: "case 4711" } },
      });
    });

    test(`${name}: I-8: the first day of the years is moved until something was allocated, and then it is said why not`, async () => {
      const member = await ownerOfNew();
      await testSite(hub, member.orgId);
      const anchor = (date: string, ...more: string[]) =>
        licence("anchor", "--id", member.orgId, "--date", date, "--reason", "fiscal year", ...more);
      expect((await anchor("2026-01-01")).stderr).toContain("no product was started");
      await hub.services.licences.start(member, "DM", false, undefined);
      expect(JSON.parse((await anchor("2026-01-01", "--json")).stdout)).toMatchObject({
        records: [{ type: "anchor.set" }],
      });
      expect((await anchor("2027-06-01")).stderr).toContain("later than the first start");
      expect((await anchor("1 May")).stderr).toContain("MESSAGE_INVALID");
      const file = join(folder, "anchor.csv");
      await issue("anchor", file);
      await hub.services.licences.redeem(member, (await keysIn(file))[0] ?? "", undefined);
      const years = [{ index: 0, items: { CORE: 1 } }];
      await hub.services.licences.allocate(member, { product: "DM", years }, false, undefined);
      const fixed = await anchor("2026-02-01");
      expect([fixed.code, fixed.stderr]).toEqual([1, expect.stringContaining("licences were allocated")]);
    });

    test(`${name}: R-144 L-31: whoever has too many devices for their seats is in the report, with what is missing`, async () => {
      expect((await licence("growth")).stdout).toBe("Nobody is over the limit.");
      const member = await ownerOfNew();
      const site = await testSite(hub, member.orgId);
      await site.report({ serial: serialOf(++serial) });
      const { licences } = hub.services;
      await licences.start(member, "DM", false, undefined);
      const file = join(folder, "growth.csv");
      await issue("growth", file);
      await licences.redeem(member, (await keysIn(file))[0] ?? "", undefined);
      const years = [{ index: 0, items: { CORE: 1 } }];
      await licences.allocate(member, { product: "DM", years }, false, undefined);
      for (let n = 0; n < 4; n++) await site.report({ serial: serialOf(++serial) });
      await hub.licenceDay.runOnce();
      const [found] = JSON.parse((await licence("growth", "--json")).stdout) as object[];
      expect(found).toMatchObject({
        ...{
          orgId: member.orgId,
          product: "DM",
          seats: { CORE: 1 },
          inUse: { CORE: 5 },
          minimum: { CORE: 2 },
        },
      });
      expect((await licence("growth")).stdout).toContain("5 CORE on 1 CORE seats\t2 CORE seats short");
      expect((await checkLedgers(opened.store.read.licences)).broken).toEqual([]);
    });
  });
});

test("a folder without a hub issues nothing, and every command explains itself", async () => {
  const empty = await mkdtemp(join(tmpdir(), "fyr-empty-"));
  expect((await run(["admin", "licence", "growth", "--data", empty])).stderr).toContain(
    "HUB_NOT_INITIALISED",
  );
  await rm(empty, { recursive: true });
});
