import { isFault, type AccountId, type OrgId } from "@fyr/protocol";
import { between, pick, seededRandom, type Random } from "@fyr/runtime";
import { describe, expect, test } from "vitest";
import type { Person } from "../access/caller.ts";
import { memberOf, type Member } from "../access/member.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { testDatabases } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { FOUNDER } from "../testing/members.ts";
import { testSite } from "../testing/site.ts";
import { day } from "../testing/licence-office.ts";
import { checkLedgers } from "./check-ledgers.ts";
import { startOfDay } from "./civil-date.ts";
import type { Posted } from "./store.ts";
import { journalOf } from "./rebuild.ts";

/**
 * Two clients at once on one database: what they ask races, is asked again under its key, and the hub dies between any
 * two statements of a transaction. What the engine reckons is judged in `histories.test.ts`; here it is what is kept.
 */
const LONG = process.env.FYR_LONG === "1";
const STEPS = 60;
const SEEDS = LONG ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];

class Crash extends Error {
  override readonly name = "Crash";
}

/** A store that dies at one of the statements of its transactions. */
function mortal(store: HubStore) {
  let left = Number.POSITIVE_INFINITY;
  const watched = <S extends object>(part: S): S =>
    new Proxy(part, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== "function") return found;
        return (...args: unknown[]): unknown => {
          if (--left < 0) throw new Crash();
          return (found as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  const over = (stores: Stores): Stores => ({
    ...stores,
    licences: watched(stores.licences),
    audit: watched(stores.audit),
  });
  return {
    store: {
      ...store,
      write: <T>(work: (stores: Stores) => Promise<T>) => store.write((stores) => work(over(stores))),
    },
    dieAfter: (statements: number) => void (left = statements),
  };
}

const VIEWER: Person = { ...FOUNDER, accountId: "01890000-0000-7000-8000-0000000000dd" as AccountId };

interface Stage {
  readonly hub: TestHub;
  readonly members: readonly Member[];
  readonly viewers: readonly Member[];
  readonly keys: readonly string[];
  readonly hardware: readonly string[];
}

async function open(hub: TestHub, random: Random): Promise<Stage> {
  const members: Member[] = [];
  const viewers: Member[] = [];
  const as = async (caller: Person, orgId: OrgId) => {
    const membership = await hub.store.read.access.membership(orgId, caller.accountId);
    if (!membership) throw new Error("no member");
    return memberOf(caller, membership);
  };
  for (const name of ["Acme", "Beta"]) {
    const { id } = await hub.services.createOrganisation(FOUNDER, { name });
    await (await testSite(hub, id)).report({ serial: serialOf(between(random, 1, 1_000_000)) });
    await hub.store.write((stores) =>
      stores.members.insert(
        {
          ...{
            orgId: id,
            principalId: VIEWER.accountId,
            kind: "person",
            role: "viewer",
            owner: false,
            active: true,
          },
          ...{ pending: null, invitedBy: null, joinedAt: 1, version: 1 },
        },
        [],
      ),
    );
    members.push(await as(FOUNDER, id));
    viewers.push(await as(VIEWER, id));
  }
  const { operator } = hub.services.licences;
  const issue = (product: string, kind: "subscription" | "extension", count: number) =>
    operator.issueKeys("operator", {
      kind,
      product,
      items: [{ type: "CORE", qty: 3, termYears: 1 }],
      count,
      batch: `${product} ${kind}`,
    });
  const keys = [
    ...(await issue("DM", "subscription", 14)).keys,
    ...(await issue("VMS", "extension", 4)).keys,
  ];
  const hardware = ["RX-1", "RX-2"].map((name) => `${name}-${hub.ports.ids.next().slice(-12)}`);
  for (const hwId of hardware)
    await operator.announceHardware("operator", { hwId, product: "VMS", items: { CORE: 4 } });
  return { hub, members, viewers, keys, hardware };
}

type Act = (key: string) => Promise<unknown>;

/** Something that a client wants, which it may ask for again under the same key. */
async function actOf({ hub, members, viewers, keys, hardware }: Stage, random: Random): Promise<Act> {
  const at = between(random, 0, 1);
  const [admin, other] = [members[at] as Member, members[1 - at] as Member];
  const member = between(random, 0, 9) === 0 ? (viewers[at] as Member) : admin;
  const { licences } = hub.services;
  const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty: between(random, 1, 3) }] as const;
  const newest = [
    ...(await hub.store.read.licences.book(admin.orgId, day("2020-01-01"))).allocations.keys(),
  ].at(-1);
  const [system] = await hub.store.read.licences.systems(admin.orgId);
  const [text, hwId] = [pick(random, keys), pick(random, hardware)];
  const years = [{ index: between(random, 0, 3), items: { CORE: between(random, 1, 3) } }];
  return pick(random, [
    (key) => licences.redeem(member, text, key),
    (key) => licences.redeem(member, text, key),
    (key) => licences.start(member, "DM", key),
    (key) => licences.allocate(member, { product: "DM", years }, false, key),
    (key) => licences.allocate(member, { product: "DM", years }, false, key),
    (key) => licences.release(member, newest ?? "none", false, key),
    (key) => licences.transfer(member, { to: other.orgId, lines }, key),
    (key) => licences.transfer(member, { to: other.orgId, lines }, key),
    (key) => licences.registerHardware(member, { hardware: hwId, name: "Recorder" }, key),
    (key) => licences.remove(member, system?.id ?? hwId, key),
    (key) => licences.extend(member, { systemId: system?.id ?? hwId, items: { CORE: 1 } }, false, key),
  ]);
}

const outcome = async (work: Promise<unknown>): Promise<string> => {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    if (error instanceof Crash) return "crash";
    if (isFault(error)) return error.code;
    throw error;
  }
};

async function everything(store: HubStore): Promise<Posted[]> {
  const all: Posted[] = [];
  for (const orgId of await store.read.licences.ledgers(null, 100))
    for await (const posted of journalOf(store.read.licences, orgId)) all.push(posted);
  return all;
}

/** Both clients have their way, one of them maybe through a crash; whoever saw nothing of an answer asks again. */
async function step(stage: Stage, random: Random, n: number, dieAfter: (statements: number) => void) {
  const acts = [await actOf(stage, random), await actOf(stage, random)] as const;
  const dies = between(random, 0, 2) === 0;
  if (dies) dieAfter(between(random, 0, 24));
  const first = await Promise.all(acts.map((act, at) => outcome(act(`${n}-${at}`))));
  dieAfter(Number.POSITIVE_INFINITY);
  const second = await Promise.all(acts.map((act, at) => outcome(act(`${n}-${at}`))));
  first.forEach((answer, at) => {
    if (answer.startsWith("{")) expect(second[at]).toBe(answer);
  });
  return {
    crashed: first.filter((answer) => answer === "crash").length,
    done: second.filter((answer) => answer.startsWith("{")).length,
  };
}

describe.each(await testDatabases())("on $name", ({ name, open: openDatabase, runs }) => {
  test.skipIf(!runs).each(SEEDS)(
    `${name}: I-10 I-11 I-12 I-19 I-20 I-22: two clients, retries and crashes leave a ledger that holds (seed %d)`,
    async (seed) => {
      const opened = await openDatabase();
      const { store, dieAfter } = mortal(opened.store);
      const random = seededRandom(`racing ${seed}`);
      const hub = await testHub({ store });
      await hub.clock.advance(startOfDay(day("2026-03-02")) - hub.clock.wall());
      const stage = await open(hub, random);
      let [crashed, done] = [0, 0];
      for (let n = 0; n < STEPS; n++) {
        const found = await step(stage, random, n, dieAfter);
        [crashed, done] = [crashed + found.crashed, done + found.done];
        if (between(random, 0, 5) === 0) await hub.clock.advance(between(random, 1, 40) * 86_400_000);
        if (n % 20 === 0) expect((await checkLedgers(store.read.licences)).broken).toEqual([]);
      }
      expect((await checkLedgers(store.read.licences)).broken).toEqual([]);
      expect([crashed > 3, done > 20]).toEqual([true, true]);

      const journal = await everything(store);
      const once = (of: (posted: Posted) => string | undefined) => {
        const found = journal.flatMap((posted) => of(posted) ?? []);
        expect(new Set(found).size).toBe(found.length);
        return found.length;
      };
      expect(once(({ type, facts }) => (type === "key.redeem" ? facts.keyHash : undefined))).toBeGreaterThan(
        2,
      );
      expect(
        once(({ type, facts }) => (type === "hw.activate" ? facts.hardware : undefined)),
      ).toBeGreaterThan(0);
      expect(journal.filter(({ actor }) => actor.includes(VIEWER.accountId))).toEqual([]);
      await hub.stop();
      await opened.drop();
    },
    300_000,
  );
});
