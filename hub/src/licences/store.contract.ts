import { expect, test } from "vitest";
import { breaksOf } from "../chain/chain.ts";
import { day } from "../testing/licence-office.ts";
import { newOrg } from "../testing/records.ts";
import type { HubStore } from "../store/store.ts";
import { emptyBook } from "./book.ts";
import { CATALOGUE } from "./catalogue.ts";
import { startOfDay } from "./civil-date.ts";
import { openDesk, type Desk } from "./desk.ts";
import { allocate } from "./allocate.ts";
import { ACCOUNTS } from "./journal.ts";
import { ALWAYS, bookFromJournal, differences, linkOf, rebuild } from "./rebuild.ts";
import { redeem } from "./redeem.ts";
import { startSubscription } from "./start.ts";
import type { KeyRecord, SystemRecord } from "./store.ts";
import { ticksOf } from "./ticks.ts";

const TODAY = day("2026-03-02");
const CORE = "VMS/CORE/subscription";

const key = (hash: string, qty = 10): KeyRecord => ({
  ...{ hash, hint: "7QX4K", kind: "subscription", product: "VMS", batch: "b1", issuedAt: 1 },
  items: [{ type: "CORE", qty, termYears: 1 }],
  ...{ redeemed: null, voidedAt: null },
});

export function licenceStoreContract(name: string, stores: () => HubStore): void {
  let made = 0;
  const nextId = () => `id-${String(++made).padStart(8, "0")}`;

  /** A command at an organisation's desk, as the service runs it. */
  const at = (orgId: ReturnType<typeof newOrg>, work: (desk: Desk) => void, now = startOfDay(TODAY)) =>
    stores().write(async ({ licences }) => {
      await licences.lockLedgers([orgId]);
      const book = await licences.book(orgId, TODAY);
      const desk = openDesk(book, { catalogue: CATALOGUE, today: TODAY, now, actor: "account:a", nextId });
      work(desk);
      return licences.post(book, desk.book(), desk.drafts());
    });

  const filled = async (licences = 10) => {
    const orgId = newOrg();
    await stores().write(({ licences: store }) =>
      store.count(orgId, "VMS", { on: TODAY, byType: { CORE: 6 } }),
    );
    await at(orgId, (desk) => startSubscription(desk, "VMS", true));
    await at(orgId, (desk) => redeem(desk, key(nextId(), licences), new Set()));
    return orgId;
  };
  const fill = (desk: Desk) => allocate(desk, { product: "VMS", years: [{ index: 0, items: { CORE: 6 } }] });

  test(`${name}: I-11: what is stored is what the journal adds up to, and the chain holds`, async () => {
    const orgId = await filled();
    await at(orgId, fill);
    const { licences } = stores().read;
    const stored = await licences.book(orgId, ALWAYS);
    expect(differences(stored, await bookFromJournal(licences, orgId))).toEqual([]);
    expect(stored.allocations.size).toBe(1);
    expect(await licences.balance(orgId, ACCOUNTS.wallet(orgId), CORE)).toBe(ticksOf(4));
    const journal = await licences.journal(orgId, { limit: 10 });
    expect(journal.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "product.start"],
      [2, "key.redeem"],
      [3, "year.allocate"],
    ]);
    expect(breaksOf(journal.map(linkOf))).toEqual([]);
    expect(breaksOf(journal.map(linkOf).toSpliced(1, 1))).not.toEqual([]);
  });

  test(`${name}: the database refuses to change or remove a record, and a wallet below nothing`, async () => {
    const orgId = await filled();
    const { licences } = stores().read;
    const [first] = await licences.journal(orgId, { limit: 1 });
    const again = stores().write(async ({ licences: store }) => {
      const book = await store.book(orgId, ALWAYS);
      const balances = new Map([[ACCOUNTS.wallet(orgId), new Map([[CORE, -1]])]]);
      await store.replaceBook({ ...book, balances });
    });
    await expect(again).rejects.toThrow(/check/i);
    expect(await licences.record(orgId, first!.id)).toEqual(first);
    expect(await licences.balance(orgId, ACCOUNTS.wallet(orgId), CORE)).toBe(ticksOf(10));
  });

  test(`${name}: I-22 B4-I1: of those who race for the last licences, exactly one gets them`, async () => {
    for (let round = 0; round < 10; round++) {
      const orgId = await filled(6);
      const tries = [1, 2, 3, 4].map(() => at(orgId, fill));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected")
          expect(outcome.reason).toMatchObject({ code: "WALLET_INSUFFICIENT" });
      }
      const book = await stores().read.licences.book(orgId, ALWAYS);
      expect([book.lots.size, book.allocations.size]).toEqual([0, 1]);
    }
  });

  test(`${name}: what was not committed is not in the ledger and leaves no gap in its numbers`, async () => {
    const orgId = await filled();
    const before = await stores().read.licences.book(orgId, ALWAYS);
    const failing = stores().write(async ({ licences }) => {
      await licences.lockLedgers([orgId]);
      const book = await licences.book(orgId, TODAY);
      const desk = openDesk(book, { catalogue: CATALOGUE, today: TODAY, now: 0, actor: "a", nextId });
      fill(desk);
      await licences.post(book, desk.book(), desk.drafts());
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(differences(await stores().read.licences.book(orgId, ALWAYS), before)).toEqual([]);
    await at(orgId, fill);
    expect((await stores().read.licences.journal(orgId, { limit: 9 })).map(({ seq }) => seq)).toEqual([
      1, 2, 3,
    ]);
  });

  test(`${name}: what was stored beside the journal can be thrown away and read again`, async () => {
    const orgId = await filled();
    await at(orgId, fill);
    const right = await stores().read.licences.book(orgId, ALWAYS);
    await stores().write(({ licences }) =>
      licences.replaceBook({ ...emptyBook(orgId), started: new Map([["DM", TODAY]]) }),
    );
    expect(await stores().write(({ licences }) => rebuild(licences, orgId))).toEqual([
      "anchor",
      "started",
      "lots",
      "balances",
      "allocations",
    ]);
    expect(differences(await stores().read.licences.book(orgId, ALWAYS), right)).toEqual([]);
    expect(await stores().write(({ licences }) => rebuild(licences, orgId))).toEqual([]);
  });

  test(`${name}: K-03: a balance is the sum of the postings that are shown behind it, page by page`, async () => {
    const orgId = await filled();
    await at(orgId, fill);
    const { licences } = stores().read;
    let [sum, after] = [0, undefined as string | undefined];
    for (;;) {
      const [one, more] = await licences.postings(orgId, ACCOUNTS.wallet(orgId), CORE, { after, limit: 1 });
      sum += one?.ticks ?? 0;
      if (!more) break;
      after = `${one!.seq}.${one!.line}`;
    }
    expect(sum).toBe(await licences.balance(orgId, ACCOUNTS.wallet(orgId), CORE));
    expect(await licences.hubBalances(ACCOUNTS.transit)).toEqual(new Map());
    const types = async (filter: object) =>
      (await licences.history(orgId, filter, { limit: 9 })).map(({ type }) => type);
    expect(await types({})).toEqual(["year.allocate", "key.redeem", "product.start"]);
    expect(await types({ type: "key.redeem" })).toEqual(["key.redeem"]);
    expect(await types({ actor: "account:b" })).toEqual([]);
    expect(await types({ product: "VMS", from: TODAY, to: TODAY })).toEqual([]);
  });

  test(`${name}: a key is what was issued, until it is redeemed or voided`, async () => {
    const orgId = newOrg();
    const mine = key(nextId());
    await stores().write(({ licences }) => licences.insertKeys([mine]));
    const by = { orgId, actor: "account:a", at: 5 };
    await stores().write(async ({ licences }) => {
      expect(await licences.lockKey(mine.hash)).toEqual(mine);
      expect(await licences.lockKey("absent")).toBeNull();
      await licences.redeemKey(mine.hash, by);
      await licences.voidKey(mine.hash, 6, "on purpose");
    });
    const found = await stores().read.licences.batchKeys("b1");
    expect(found.find(({ hash }) => hash === mine.hash)).toEqual({ ...mine, redeemed: by, voidedAt: 6 });
    await stores().write(({ licences }) => licences.failTry(nextId(), "account:z", 10));
    expect(await stores().read.licences.failedTries("account:z", 9)).toBe(1);
    expect(await stores().read.licences.failedTries("account:z", 10)).toBe(0);
  });

  test(`${name}: I-12: what a command answered is remembered under its key, once`, async () => {
    const orgId = newOrg();
    const command = { fingerprint: "f", answer: { a: [1] }, at: 1 };
    await stores().write(({ licences }) => licences.remember(orgId, "k", command));
    expect(await stores().read.licences.remembered(orgId, "k")).toEqual({
      fingerprint: "f",
      answer: { a: [1] },
    });
    expect(await stores().read.licences.remembered(newOrg(), "k")).toBeNull();
    await expect(stores().write(({ licences }) => licences.remember(orgId, "k", command))).rejects.toThrow();
  });

  test(`${name}: a system is in one organisation at a time; hardware brings its licences once`, async () => {
    const [one, two] = [newOrg(), newOrg()];
    const system: SystemRecord = {
      ...{
        orgId: one,
        id: nextId(),
        product: "VMS",
        name: "RX",
        connectivity: "offline",
        licensing: "hardware",
      },
      ...{ hwId: nextId(), publicKey: null, softwareVersion: "1", counts: { CORE: 2 }, sequence: 1 },
      ...{ registeredAt: 1, reportedAt: 1, removedAt: null, givenUpAt: null },
    };
    await stores().write(({ licences }) => licences.saveSystem(system));
    expect(await stores().read.licences.systems(one)).toEqual([system]);
    expect(await stores().read.licences.system(two, system.id)).toBeNull();
    await expect(
      stores().write(({ licences }) => licences.saveSystem({ ...system, orgId: two })),
    ).rejects.toThrow();
    await stores().write(({ licences }) => licences.saveSystem({ ...system, removedAt: 9, givenUpAt: 9 }));
    await stores().write(({ licences }) => licences.saveSystem({ ...system, orgId: two }));
    const everywhere = await stores().read.licences.lockSystem(system.id);
    expect(everywhere.map(({ orgId, givenUpAt }) => [orgId, givenUpAt]).toSorted()).toEqual(
      [
        [one, 9],
        [two, null],
      ].toSorted(),
    );

    const hardware = { hwId: system.hwId!, product: "VMS", items: { CORE: 2 } };
    const announce = () => stores().write(({ licences }) => licences.announceHardware(hardware));
    expect((await Promise.all([announce(), announce(), announce()])).filter(Boolean)).toHaveLength(1);
    const held = () => stores().read.licences.lockHardware(hardware.hwId);
    expect(await held()).toEqual({ ...hardware, activatedAt: null, attachedTo: null });
    await stores().write(async ({ licences }) => {
      await licences.activateHardware(hardware.hwId, 7);
      await licences.attachHardware(hardware.hwId, one);
    });
    expect(await held()).toEqual({ ...hardware, activatedAt: 7, attachedTo: one });
    await stores().write(({ licences }) => licences.attachHardware(hardware.hwId, null));
    expect((await held())?.attachedTo).toBeNull();

    const file = { orgId: one, systemId: system.id, issuedAt: 1, validUntil: null, text: "t" };
    await stores().write(({ licences }) => licences.insertFile({ ...file, serial: 1 }));
    await stores().write(({ licences }) => licences.insertFile({ ...file, serial: 2, validUntil: TODAY }));
    expect(await stores().read.licences.lastFile(one, system.id)).toMatchObject({
      serial: 2,
      validUntil: TODAY,
    });
    expect(await stores().read.licences.lastFile(two, system.id)).toBeNull();
  });

  test(`${name}: a notice is told once; a choice of devices stands until the next`, async () => {
    const orgId = newOrg();
    const once = () => stores().write(({ licences }) => licences.noteOnce(orgId, "n", 1));
    expect([await once(), await once()]).toEqual([true, false]);
    await stores().write(({ licences }) => licences.chooseUncovered(orgId, "VMS", ["a"]));
    await stores().write(({ licences }) => licences.chooseUncovered(orgId, "VMS", ["b"]));
    expect(await stores().read.licences.uncoveredChoice(orgId, "VMS")).toEqual(["b"]);
  });

  test(`${name}: devices are counted from a date on, and the last count before it`, async () => {
    const orgId = newOrg();
    for (const [on, n] of [
      ["2020-01-01", 1],
      ["2021-01-01", 2],
      ["2022-01-01", 3],
    ] as const)
      await stores().write(({ licences }) =>
        licences.count(orgId, "VMS", { on: day(on), byType: { CORE: n } }),
      );
    const { needs } = await stores().read.licences.book(orgId, day("2021-06-01"));
    expect(needs.get("VMS")?.map(({ byType }) => byType["CORE"])).toEqual([2, 3]);
  });
}
