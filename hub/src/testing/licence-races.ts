import { isFault, type AccountId, type OrgId } from "@fyr/protocol";
import { between, pick, seededRandom, type Random } from "@fyr/runtime";
import type { Person } from "../access/caller.ts";
import { memberOf, type Member } from "../access/member.ts";
import { checkLedgers } from "../licences/check-ledgers.ts";
import { startOfDay } from "../licences/civil-date.ts";
import { journalOf } from "../licences/rebuild.ts";
import type { Posted } from "../licences/store.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { serialOf } from "./device.ts";
import { testHub, type TestHub } from "./hub.ts";
import { refusedBy } from "./licence-histories.ts";
import type { Broken } from "./licence-judge.ts";
import { day } from "./licence-office.ts";
import { FOUNDER } from "./members.ts";
import { testSite } from "./site.ts";

/**
 * Two clients at once on one database: what they ask races, is asked again under its key, the hub dies between any
 * two statements of a transaction, and now and then an organisation is archived. What the engine reckons is judged in
 * `licence-histories.ts`; here it is what is kept.
 */
export const STEPS = 60;

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
  /** What was seen on the way. */
  readonly broken: Broken[];
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
    ...(await issue("DM", "subscription", 24)).keys,
    ...(await issue("VMS", "extension", 4)).keys,
  ];
  const hardware = ["RX-1", "RX-2"].map((name) => `${name}-${hub.ports.ids.next().slice(-12)}`);
  for (const hwId of hardware)
    await operator.announceHardware("operator", { hwId, product: "VMS", items: { CORE: 4 } });
  return { hub, members, viewers, keys, hardware, broken: [] };
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
  const years = [{ index: between(random, 0, 1), items: { CORE: between(random, 1, 3) } }];
  return pick(random, [
    (key) => licences.redeem(member, text, key),
    (key) => licences.redeem(member, text, key),
    (key) => licences.redeem(member, text, key),
    (key) => licences.start(member, "DM", false, key),
    (key) => licences.allocate(member, { product: "DM", years }, false, key),
    (key) => licences.allocate(member, { product: "DM", years }, false, key),
    (key) => licences.allocate(member, { product: "DM", years }, false, key),
    (key) => licences.release(member, newest ?? "none", false, key),
    (key) => licences.release(member, newest ?? "none", false, key),
    (key) => licences.release(member, newest ?? "none", false, key),
    (key) => licences.transfer(member, { to: other.orgId, lines }, key),
    (key) => licences.transfer(member, { to: other.orgId, lines }, key),
    (key) => licences.registerHardware(member, { hardware: hwId, name: "Recorder" }, false, key),
    (key) => licences.remove(member, system?.id ?? hwId, key),
    (key) => licences.extend(member, { systemId: system?.id ?? hwId, items: { CORE: 1 } }, false, key),
  ]);
}

/** What came of a wish; what a book refuses that no command may post is a broken invariant. */
async function outcome({ broken }: Stage, work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    if (error instanceof Crash) return "crash";
    if (isFault(error)) return error.code;
    broken.push(refusedBy(error));
    return "refused by the book";
  }
}

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
  const first = await Promise.all(acts.map((act, at) => outcome(stage, act(`${n}-${at}`))));
  dieAfter(Number.POSITIVE_INFINITY);
  const second = await Promise.all(acts.map((act, at) => outcome(stage, act(`${n}-${at}`))));
  first.forEach((answer, at) => {
    if (answer.startsWith("{") && second[at] !== answer)
      stage.broken.push({ id: "I-12", what: `step ${n}: asked again, ${answer} became ${second[at]}` });
  });
  return {
    crashed: first.filter((answer) => answer === "crash").length,
    done: second.filter((answer) => answer.startsWith("{")).length,
  };
}

const journalIn = async (store: HubStore, orgId: OrgId): Promise<Posted[]> => {
  const found: Posted[] = [];
  for await (const posted of journalOf(store.read.licences, orgId)) found.push(posted);
  return found;
};

const archive = (store: HubStore, orgId: OrgId, archivedAt: number | null) =>
  store.write(async ({ organisations }) => {
    const found = await organisations.lock(orgId);
    if (found) await organisations.save({ ...found, archivedAt });
  });

/** Both clients, and a day, try what they want while one organisation is archived: nothing of it moves (I-18). */
async function whileArchived(stage: Stage, random: Random, n: number): Promise<Broken[]> {
  const { hub, members } = stage;
  const { orgId } = members[between(random, 0, 1)] as Member;
  const before = (await journalIn(hub.store, orgId)).length;
  await archive(hub.store, orgId, hub.clock.wall());
  const acts = [await actOf(stage, random), await actOf(stage, random), await actOf(stage, random)];
  await Promise.all(acts.map((act, at) => outcome(stage, act(`archived ${n}-${at}`))));
  await hub.licenceDay.runOnce();
  const moved = (await journalIn(hub.store, orgId)).length - before;
  await archive(hub.store, orgId, null);
  return moved === 0 ? [] : [{ id: "I-18", what: `step ${n}: ${moved} records of an archived organisation` }];
}

/** Both clients want all that is in a wallet: one of them gets it (I-22). */
async function forTheLast(stage: Stage, n: number): Promise<Broken[]> {
  const { hub, members } = stage;
  const { licences } = hub.services;
  for (const [at, member] of members.entries()) {
    const { items } = await licences.wallet(member);
    const qty = items.find(({ commodity }) => commodity === "DM/CORE/subscription")?.available ?? 0;
    if (qty === 0) continue;
    const lines = [{ product: "DM", type: "CORE", kind: "subscription", qty }] as const;
    const to = (members[1 - at] as Member).orgId;
    const tries = [1, 2].map((one) =>
      outcome(stage, licences.transfer(member, { to, lines }, `last ${n}-${at}-${one}`)),
    );
    const done = (await Promise.all(tries)).filter((answer) => answer.startsWith("{")).length;
    return done === 1 ? [] : [{ id: "I-22", what: `step ${n}: ${done} of two got the last ${qty} licences` }];
  }
  return [];
}

/** What has to be once and for ever, however often it was asked for. */
function twice(id: Broken["id"], found: readonly (string | undefined)[]): Broken[] {
  const told = found.filter((each) => each !== undefined);
  return told.length === new Set(told).size
    ? []
    : [{ id, what: `${told.length - new Set(told).size} too many` }];
}

function judgeRecords(journal: readonly Posted[]): Broken[] {
  const keys = journal.map(({ type, facts }) => (type === "key.redeem" ? facts.keyHash : undefined));
  const hardware = journal.map(({ type, facts }) => (type === "hw.activate" ? facts.hardware : undefined));
  const strange = journal.filter(({ actor }) => actor.includes(VIEWER.accountId));
  return [
    ...twice("I-10", keys),
    ...twice("I-20", hardware),
    ...strange.map(({ type, seq }) => ({ id: "I-19", what: `${type} ${seq} was posted by a viewer` })),
  ];
}

export interface Race {
  readonly broken: readonly Broken[];
  readonly crashed: number;
  readonly done: number;
  /** How often an organisation was archived, and how often two wanted the last. */
  readonly archived: number;
  readonly lasts: number;
  readonly journal: readonly Posted[];
}

/** One race on a database of its own. */
export async function race(store: HubStore, seed: number, steps = STEPS): Promise<Race> {
  const { store: dying, dieAfter } = mortal(store);
  const random = seededRandom(`racing ${seed}`);
  const hub = await testHub({ store: dying });
  await hub.clock.advance(startOfDay(day("2026-03-02")) - hub.clock.wall());
  const stage = await open(hub, random);
  const { broken } = stage;
  const holds = async () => {
    for (const { what, seq } of (await checkLedgers(store.read.licences)).broken)
      broken.push({ id: "I-11", what: `${seq ?? ""} ${what}` });
  };
  let [crashed, done, archived, lasts] = [0, 0, 0, 0];
  for (let n = 0; n < steps; n++) {
    const found = await step(stage, random, n, dieAfter);
    [crashed, done] = [crashed + found.crashed, done + found.done];
    if (n % 8 === 4) {
      broken.push(...(await whileArchived(stage, random, n)));
      archived++;
    }
    if (n % 12 === 11) {
      broken.push(...(await forTheLast(stage, n)));
      lasts++;
    }
    if (between(random, 0, 5) === 0) await hub.clock.advance(between(random, 1, 60) * 86_400_000);
    if (n % 20 === 0) await holds();
  }
  await holds();
  const journal = await everything(store);
  broken.push(...judgeRecords(journal));
  await hub.stop();
  return { broken, crashed, done, archived, lasts, journal };
}
