import { FAULTS, isFault, OrgId, type AccountId, type LicenceChange } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memberOf, type Member } from "../access/member.ts";
import type { Person } from "../access/caller.ts";
import { exportKey } from "../exports/keys.ts";
import { checkSignedLines } from "../exports/signed-lines.ts";
import { codeOf } from "../testing/code-of.ts";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { FOUNDER } from "../testing/members.ts";
import { rawDatabase } from "../testing/raw-database.ts";
import { testSite } from "../testing/site.ts";
import { verifyStore } from "../verify/checks.ts";
import { day } from "../testing/licence-office.ts";
import { checkLedgers } from "./check-ledgers.ts";
import { startOfDay } from "./civil-date.ts";
import { ACCOUNTS } from "./journal.ts";
import { ticksOf } from "./ticks.ts";

const CORE = "DM/CORE/subscription";
const STRANGER: Person = { ...FOUNDER, accountId: "01890000-0000-7000-8000-0000000000cc" as AccountId };

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let hub: TestHub;
  let serial = 0;

  const memberIn = async (orgId: OrgId, caller: Person = FOUNDER): Promise<Member> => {
    const membership = await opened.store.read.access.membership(orgId, caller.accountId);
    if (!membership) throw new Error("no member");
    return memberOf(caller, membership);
  };
  const newOrg = async (devices = 0): Promise<Member> => {
    const { id } = await hub.services.createOrganisation(FOUNDER, { name: `org ${++serial}` });
    const site = await testSite(hub, id);
    for (let n = 0; n < devices; n++) await site.report({ serial: serialOf(++serial + 1_000) });
    return memberIn(id);
  };
  const keys = async (
    qty: number,
    product = "DM",
    kind: "subscription" | "extension" | "upgrade" = "subscription",
    type = "CORE",
  ) => {
    const wish = { kind, product, items: [{ type, qty, termYears: 1 }], count: 1, batch: `b${++serial}` };
    const [key] = (await hub.services.licences.operator.issueKeys("operator", wish)).keys;
    return key ?? "";
  };
  const goTo = async (date: string): Promise<void> => {
    await hub.clock.advance(startOfDay(day(date)) - hub.clock.wall());
  };
  const allocation = ({ records }: LicenceChange): string =>
    records.find(({ type }) => type === "year.allocate")?.allocation ?? "";
  const auditOf = async (member: Member) =>
    (await hub.services.audit(member, { order: "oldest", limit: 500 } as never)).items.map(
      ({ action }) => action,
    );
  const fill = (
    member: Member,
    qty: number,
    options: { index?: number; key?: string; preview?: boolean } = {},
  ) =>
    hub.services.licences.allocate(
      member,
      { product: "DM", years: [{ index: options.index ?? 0, items: { CORE: qty } }] },
      options.preview ?? false,
      options.key,
    );
  /** Started, with so many licences in the wallet. */
  const started = async (devices: number, licences: number): Promise<Member> => {
    const member = await newOrg(devices);
    await hub.services.licences.start(member, "DM", false, undefined);
    await hub.services.licences.redeem(member, await keys(licences), undefined);
    return member;
  };

  describe.skipIf(!runs)("licences", () => {
    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
      await goTo("2026-03-02");
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });

    test(`${name}: J-3: from a bought key to fully licensed, with the arithmetic before the click`, async () => {
      const member = await started(2, 5);
      const { licences } = hub.services;
      expect(await licences.product(member, "DM")).toMatchObject({
        ...{
          state: "trial",
          registered: true,
          need: { CORE: 2 },
          missing: { CORE: 2 },
          lastDay: "2026-03-31",
        },
        stock: [{ available: 5, locked: 0 }],
      });
      const preview = await fill(member, 2, { preview: true });
      expect(preview).toMatchObject({ preview: true, wallet: [{ before: ticksOf(5), after: ticksOf(3) }] });
      expect((await licences.product(member, "DM")).state).toBe("trial");
      const done = await fill(member, 2);
      expect(done.records.map(({ type, postings }) => [type, postings.map(({ ticks }) => ticks)])).toEqual(
        preview.records.map(({ type, postings }) => [type, postings.map(({ ticks }) => ticks)]),
      );
      expect(await licences.product(member, "DM")).toMatchObject({
        state: "licensed",
        lastDay: "2027-03-01",
      });
      expect(
        (await licences.years(member, "DM")).items.map(({ filled, open: may }) => [filled, may]),
      ).toEqual([[true, true], [false, true], ...Array.from({ length: 4 }, () => [false, false])]);
      expect(await auditOf(member)).toEqual(
        expect.arrayContaining(["licence.started", "licence.key.redeemed", "licence.allocated"]),
      );
    });

    test(`${name}: L-02 I-10: a key works once, also for those who race; another organisation is told nothing`, async () => {
      const [one, two] = [await newOrg(), await newOrg()];
      const key = await keys(7);
      const { licences } = hub.services;
      const tries = await Promise.allSettled(
        [one, two, one, two].map((m) => licences.redeem(m, key, undefined)),
      );
      expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const member of [one, two]) {
        const error: unknown = await licences.redeem(member, key, undefined).catch((found: unknown) => found);
        const own = (await licences.wallet(member)).items.length > 0;
        expect(error).toMatchObject({
          code: "KEY_ALREADY_REDEEMED",
          details: own ? { by: member.actor } : {},
        });
        if (!own) expect((error as { details: object }).details).toEqual({});
      }
    });

    test(`${name}: L-02 L-03: unknown, mistyped and voided keys have one answer, and ten in an hour are enough`, async () => {
      const base = await newOrg();
      const member: Member = { ...base, actor: `account:tries-${++serial}` };
      const { licences } = hub.services;
      const voided = await keys(3);
      await licences.operator.voidKey("operator", voided, "lost");
      const wrong = voided.slice(0, -1) + (voided.endsWith("0") ? "1" : "0");
      for (const key of [voided, wrong, "x"])
        expect(await codeOf(licences.redeem(member, key, undefined))).toBe("KEY_INVALID");
      for (let n = 0; n < 7; n++) await codeOf(licences.redeem(member, "x", undefined));
      const good = await keys(1);
      expect(await codeOf(licences.redeem(member, good, undefined))).toBe("TOO_MANY_REQUESTS");
      await hub.clock.advance(3_600_001);
      expect(await codeOf(licences.redeem(member, good, undefined))).toBeNull();
      expect(await codeOf(licences.operator.voidKey("operator", good, "late"))).toBe("KEY_ALREADY_REDEEMED");
    });

    test(`${name}: I-12: the same key with the same body is once; with another body it is refused`, async () => {
      const member = await started(2, 9);
      const [first, second] = [await fill(member, 2, { key: "k" }), await fill(member, 2, { key: "k" })];
      expect(second).toEqual(first);
      expect(await codeOf(fill(member, 3, { key: "k" }))).toBe("IDEMPOTENCY_MISMATCH");
      expect((await hub.services.licences.wallet(member)).items[0]?.available).toBe(7);
      await Promise.all([1, 2, 3].map(() => fill(member, 1, { key: "again" })));
      expect((await hub.services.licences.wallet(member)).items[0]?.available).toBe(6);
      // A key belongs to who chose it: for another caller it is a new one.
      await fill({ ...member, actor: "service:other" }, 1, { key: "again" });
      expect((await hub.services.licences.wallet(member)).items[0]?.available).toBe(5);
      // One code has one status: 422, for the ledger as for every other route (docs/api.md).
      expect(FAULTS.IDEMPOTENCY_MISMATCH.status).toBe(422);
    });

    test(`${name}: I-22 B4-I1: two who race for the last licences, in one organisation and in a transfer: one gets them`, async () => {
      const [member, other] = [await started(2, 2), await newOrg()];
      const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty: 2 }] as const;
      const move = hub.services.licences.transfer(member, { to: other.orgId, lines }, undefined);
      const outcomes = await Promise.allSettled([fill(member, 2), move, fill(member, 2)]);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const each of outcomes)
        if (each.status === "rejected") expect(isFault(each.reason, "WALLET_INSUFFICIENT")).toBe(true);
    });

    test(`${name}: L-51 L-54: a transfer needs an admin of both sides inside the transaction; both histories show its number`, async () => {
      const [member, target] = [await started(0, 10), await newOrg()];
      const { licences } = hub.services;
      const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty: 4 }] as const;
      const done = await licences.transfer(member, { to: target.orgId, lines }, "t1");
      const [arrived] = (await licences.history(target, {}, { limit: 1 })).items;
      expect(arrived).toMatchObject({
        type: "wallet.transferIn",
        transfer: { number: done.records[0]?.transfer?.number },
      });
      expect((await licences.wallet(target)).items[0]).toMatchObject({ available: 0, locked: 4 });
      await licences.start(target, "DM", false, undefined);
      expect((await licences.wallet(target)).items[0]).toMatchObject({ available: 4, locked: 0 });

      const before = await licences.wallet(member);
      const strange = { ...target, ...{ orgId: OrgId.parse("01890000-0000-7000-8000-00000000ffff") } };
      expect(await codeOf(licences.transfer(member, { to: strange.orgId, lines }, undefined))).toBe(
        "NOT_FOUND",
      );
      expect(await codeOf(licences.transfer(member, { to: member.orgId, lines }, undefined))).toBe(
        "TRANSFER_SAME_ORG",
      );
      // A viewer there, and an admin here no longer: what the member object still says does not count.
      const asStranger: Member = { ...member, caller: STRANGER };
      expect(await codeOf(licences.transfer(asStranger, { to: target.orgId, lines }, undefined))).toBe(
        "NOT_FOUND",
      );
      const join = (orgId: OrgId, role: "admin" | "viewer") =>
        opened.store.write(({ members }) =>
          members.insert(
            {
              ...{ orgId, principalId: STRANGER.accountId, kind: "person", role, owner: false, active: true },
              ...{ pending: null, invitedBy: null, joinedAt: 1, version: 1 },
            },
            [],
          ),
        );
      await join(member.orgId, "admin");
      await join(target.orgId, "viewer");
      expect(await codeOf(licences.transfer(asStranger, { to: target.orgId, lines }, undefined))).toBe(
        "NEED_ADMIN_IN_TARGET",
      );
      expect(await licences.wallet(member)).toEqual(before);
    });

    test(`${name}: undo gives the same lots back within 24 hours, once`, async () => {
      const member = await started(1, 3);
      const { licences } = hub.services;
      const first = allocation(await fill(member, 1));
      expect(
        (await licences.release(member, first, true, undefined)).records.map(({ type }) => type),
      ).toEqual(["year.release"]);
      await licences.release(member, first, false, undefined);
      expect((await licences.wallet(member)).items[0]).toMatchObject({
        available: 3,
        lots: [{ ticks: ticksOf(3) }],
      });
      const again = allocation(await fill(member, 1));
      expect(await codeOf(licences.release(member, again, false, undefined))).toBe("RELEASE_REFUSED");
    });

    test(`${name}: L-82 I-18: nothing moves in an archived organisation, whoever asks, and its days go on`, async () => {
      const [member, other] = [await started(1, 5), await started(0, 5)];
      const { licences } = hub.services;
      const before = (await licences.history(member, {}, { limit: 50 })).items;
      const key = await keys(1);
      await archive(opened, member.orgId);
      const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty: 1 }] as const;
      const tries = [
        () => fill(member, 1),
        () => fill(member, 1, { preview: true }),
        () => licences.redeem(member, key, undefined),
        () => licences.start(member, "VMS", false, undefined),
        () => licences.transfer(member, { to: other.orgId, lines }, undefined),
        () => licences.transfer(other, { to: member.orgId, lines }, undefined),
        () => licences.upgrade(member, { product: "VMS", type: "ACS5-PRO", qty: 1 }, false, undefined),
        () => licences.release(member, "x", false, undefined),
      ];
      for (const each of tries) expect(await codeOf(each())).toBe("ORG_ARCHIVED");
      await hub.licenceDay.runOnce();
      expect(
        (await opened.store.read.licences.history(member.orgId, {}, { limit: 50 })).map(({ id }) => id),
      ).toEqual(before.map(({ id }) => id));
    });

    test(`${name}: W-12 I-20: hardware brings its licences once, is dormant when removed, and finds them again`, async () => {
      const [member, other] = [await newOrg(), await newOrg()];
      const { licences } = hub.services;
      const hwId = `RX-${++serial}`;
      await licences.operator.announceHardware("operator", { hwId, product: "VMS", items: { CORE: 16 } });
      const wish = { hardware: hwId, name: "Recorder" };
      const looked = await licences.registerHardware(member, wish, true, undefined);
      expect(looked).toMatchObject({ preview: true, system: { capacity: { CORE: 16 } } });
      expect((await licences.systems(member)).items).toEqual([]);
      const registered = await licences.registerHardware(member, wish, false, undefined);
      expect(registered.system).toMatchObject({
        licensing: "hardware",
        capacity: { CORE: 16 },
        shortage: {},
      });
      expect(await codeOf(licences.registerHardware(other, wish, false, undefined))).toBe(
        "SYSTEM_REGISTERED_ELSEWHERE",
      );
      await licences.redeem(member, await keys(8, "VMS", "extension"), undefined);
      await licences.extend(member, { systemId: registered.system.id, items: { CORE: 4 } }, false, undefined);
      expect((await licences.systems(member)).items[0]?.capacity).toEqual({ CORE: 20 });
      await licences.remove(member, registered.system.id, undefined);
      expect((await licences.systems(member)).items).toEqual([]);
      const moving = await licences.registerHardware(other, wish, false, undefined);
      expect(moving.system.capacity).toEqual({ CORE: 20 });
      const issued = await opened.store.read.licences.hardwareBalances(hwId);
      expect([...issued.preloaded.values(), ...issued.extension.values()]).toEqual([ticksOf(16), ticksOf(4)]);
      expect(
        await codeOf(licences.registerHardware(other, { ...wish, hardware: "unknown" }, false, undefined)),
      ).toBe("NOT_FOUND");
      const moved = { orgId: other.orgId, from: hwId, to: `${hwId}-new`, reason: "broken" };
      await licences.operator.replaceHardware("operator", moved);
      const after = await opened.store.read.licences.hardwareBalances(`${hwId}-new`);
      expect([...after.preloaded.values()]).toEqual([ticksOf(16)]);
    });

    test(`${name}: L-80: the history is exported whole, as CSV and as JSON that the hub signed`, async () => {
      const member = await started(1, 3);
      await fill(member, 1);
      const textOf = async (format: "csv" | "json") => {
        let text = "";
        for await (const piece of (await hub.services.licences.exportHistory(member, format)).text)
          text += piece;
        return text;
      };
      const json = await textOf("json");
      async function* bytes(text: string) {
        yield await Promise.resolve(Buffer.from(text));
      }
      const key = exportKey(hub.ports.exports.publicKey);
      expect(await checkSignedLines(key, bytes(json), () => {})).toBeNull();
      expect(
        await checkSignedLines(key, bytes(json.replace("year.allocate", "year.Allocate")), () => {}),
      ).toBe("altered");
      expect(json.trimEnd().split("\n")).toHaveLength(5);
      expect((await textOf("csv")).trimEnd().split("\r\n")).toHaveLength(6);
    });

    test(`${name}: K-03: every figure of the wallet is the sum of the postings behind it`, async () => {
      const member = await started(1, 3);
      await fill(member, 1);
      const { licences } = hub.services;
      for (const { accounts, commodity, available } of (await licences.wallet(member)).items) {
        const { items } = await licences.postings(
          member,
          { account: accounts.available, commodity },
          { limit: 500 },
        );
        expect(items.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(ticksOf(available));
      }
      const [year] = (await licences.years(member, "DM")).items;
      const { items } = await licences.postings(
        member,
        { account: year!.account, commodity: CORE },
        { limit: 9 },
      );
      expect(items.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(year!.ticks["CORE"]);
    });

    test(`${name}: an anchor is moved as long as nothing was allocated, and never after`, async () => {
      const member = await started(1, 3);
      const { operator } = hub.services.licences;
      const move = (anchor: string) =>
        codeOf(operator.setAnchor("operator", { orgId: member.orgId, anchor: day(anchor), reason: "asked" }));
      expect(await move("2026-01-15")).toBeNull();
      expect(await move("2027-01-15")).toBe("ANCHOR_FIXED");
      await fill(member, 1);
      expect(await move("2026-01-01")).toBe("ANCHOR_FIXED");
      expect((await hub.services.licences.years(member, "DM")).items[0]?.start).toBe("2026-01-15");
    });

    test(`${name}: R-102 L-12 L-31 L-81: days bring expiry, closing and reminders once, under the system's name`, async () => {
      const member = await started(1, 3);
      await fill(member, 1);
      await goTo("2030-12-01");
      await hub.licenceDay.runOnce();
      await hub.licenceDay.runOnce();
      const { items } = await hub.services.licences.history(member, { actor: "hub" }, { limit: 50 });
      expect(items.map(({ type }) => type)).toEqual(["year.close"]);
      const reminders = (await auditOf(member)).filter((action) => action.startsWith("licence.reminder"));
      expect(reminders).toEqual(["licence.reminder.lotExpires", "licence.reminder.coverEnded"]);
      await goTo("2031-04-01");
      await hub.licenceDay.runOnce();
      expect((await hub.services.licences.wallet(member)).items).toEqual([]);
      const [expired] = (await hub.services.licences.history(member, {}, { limit: 1 })).items;
      expect(expired).toMatchObject({ type: "lots.expire", actor: "hub" });
    });

    test(`${name}: I-4 I-11: after all of this every ledger holds, and nothing is under way`, async () => {
      const { ledgers, broken } = await checkLedgers(opened.store.read.licences);
      expect([broken, ledgers > 10]).toEqual([[], true]);
      expect(await opened.store.read.licences.hubBalances(ACCOUNTS.transit)).toEqual(new Map([[CORE, 0]]));
      const checks = await verifyStore(opened.store.read, { auditHeads: [] });
      expect(checks.map(({ name: check, findings }) => [check, findings])).toContainEqual(["licences", []]);
    });
  });
});

/** As somebody does it who has the database: the command for it is not of this part. */
async function archive({ url }: OpenedStore, orgId: OrgId): Promise<void> {
  const database = rawDatabase(url);
  await database.writer
    .updateTable("organisations")
    .set({ archived_at: 5 })
    .where("id", "=", orgId)
    .execute();
  await database.close();
}
