import { createHash } from "node:crypto";
import { canonicalJson, Fault, type Action, type OrgId } from "@fyr/protocol";
import { demand, memberOf, type Member } from "../access/member.ts";
import type { HubPorts } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { counted, type Book } from "./book.ts";
import type { Catalogue } from "./catalogue.ts";
import { addYears, civilDateAt, type CivilDate } from "./civil-date.ts";
import { bySystem, openDesk, type Desk, type Terms } from "./desk.ts";
import type { InUse } from "./in-use.ts";
import { settle } from "./settle.ts";
import type { ByType } from "./need.ts";
import type { TellPorts } from "./tell.ts";

/** What the licence services are made of. */
export interface LicenceParts {
  readonly ports: Pick<HubPorts, "ids" | "random"> & TellPorts;
  readonly store: HubStore;
  readonly catalogue: Catalogue;
  readonly inUse: InUse;
}

/** One organisation at work in a command: its desk, and what it had before. */
export interface Sitting {
  readonly orgId: OrgId;
  readonly name: string;
  readonly before: Book;
  readonly desk: Desk;
  readonly stores: Stores;
  /** Of what the organisation has something registered, with the devices in use. */
  readonly registered: ReadonlyMap<string, ByType>;
  readonly now: number;
}

/** How far back devices are counted: what a status depends on (L-27). */
const sinceOf = (today: CivilDate): CivilDate => addYears(today, -3);

export const todayOf = ({ ports }: LicenceParts): CivilDate => civilDateAt(ports.clock.wall());

export const termsOf = ({ ports, catalogue }: LicenceParts, actor: string): Terms => {
  const now = ports.clock.wall();
  return { catalogue, today: civilDateAt(now), now, actor, nextId: () => ports.ids.next() };
};

/** @throws Fault `ORG_ARCHIVED`, `NOT_FOUND`: nothing moves in an organisation that is archived (L-82, I-18) */
export async function demandAlive({ organisations }: Stores, orgId: OrgId): Promise<void> {
  const found = await organisations.find(orgId);
  if (!found) throw new Fault("NOT_FOUND");
  if (found.archivedAt !== null) throw new Fault("ORG_ARCHIVED", { orgId, archivedAt: found.archivedAt });
}

/**
 * The member as the database knows it inside this transaction: rights that were lost meanwhile are lost (L-54, I-19).
 *
 * @throws Fault `NOT_FOUND`, `FORBIDDEN`
 */
export async function demandStill(
  { access }: Stores,
  { caller }: Member,
  orgId: OrgId,
  action: Action,
): Promise<Member> {
  const principalId =
    caller.kind === "person" ? caller.accountId : caller.kind === "service" ? caller.serviceId : null;
  const membership = principalId && (await access.membership(orgId, principalId));
  if (!membership) throw new Fault("NOT_FOUND");
  const member = memberOf(caller, membership);
  demand(member, action);
  return member;
}

/** Opens an organisation's desk on its locked ledger, with today's devices counted and what is due posted. */
export async function sitDown(
  parts: LicenceParts,
  stores: Stores,
  orgId: OrgId,
  terms: Terms,
): Promise<Sitting> {
  const registered = await parts.inUse(stores, orgId);
  let before = await stores.licences.book(orgId, sinceOf(terms.today));
  for (const [product, byType] of registered)
    before = await count(stores, before, product, byType, terms.today);
  const due = openDesk(before, bySystem(terms));
  settle(due);
  const desk = openDesk(due.book(), terms);
  const name = (await stores.organisations.find(orgId))?.name ?? orgId;
  return { orgId, name, before, desk: joined(due, desk), stores, registered, now: terms.now };
}

/** The desk with what was due before it. */
const joined = (due: Desk, desk: Desk): Desk => ({
  ...desk,
  drafts: () => [...due.drafts(), ...desk.drafts()],
});

const same = (a: ByType, b: ByType): boolean => canonicalJson(a) === canonicalJson(b);

/** Keeps today's count where it says something new. */
async function count(
  { licences }: Stores,
  book: Book,
  product: string,
  byType: ByType,
  on: CivilDate,
): Promise<Book> {
  if (same(book.needs.get(product)?.at(-1)?.byType ?? {}, byType)) return book;
  await licences.count(book.org as OrgId, product, { on, byType });
  return counted(book, product, { on, byType });
}

/** Keeps what was posted at a desk. */
export const getUp = async ({ stores, before, desk }: Sitting): Promise<void> => {
  await stores.licences.post(before, desk.book(), desk.drafts());
};

export interface Command<Answer> {
  readonly orgId: OrgId;
  /** Another organisation whose ledger takes part. */
  readonly other?: OrgId | undefined;
  readonly actor: string;
  /** What is asked, with its wish: the same under the same key is the same command. */
  readonly name: string;
  readonly wish: unknown;
  readonly key: string | undefined;
  /** Asks again, inside the transaction, whether it may be done. */
  readonly allowed: (stores: Stores) => Promise<unknown>;
  /** Posts at the desk and says what came of it. */
  readonly work: (sitting: Sitting, other: Sitting | null) => Promise<Answer>;
}

export const fingerprintOf = (name: string, wish: unknown): string =>
  createHash("sha256").update(canonicalJson({ name, wish })).digest("hex");

/**
 * Runs a command: all of it or nothing, once for its key, on ledgers that nobody else touches meanwhile, with one
 * entry in the audit of each organisation.
 *
 * @throws Fault `IDEMPOTENCY_MISMATCH`, `ORG_ARCHIVED`, and as `work` says
 */
export function run<Answer>(parts: LicenceParts, command: Command<Answer>): Promise<Answer> {
  const { orgId, other, actor, name, wish, key } = command;
  const fingerprint = fingerprintOf(name, wish);
  // Keys belong to who chose them, as everywhere in the API: nobody is answered what another was told.
  const under = key === undefined ? null : `${actor} ${key}`;
  return parts.store.write(async (stores) => {
    const terms = termsOf(parts, actor);
    const orgs = other === undefined ? [orgId] : [orgId, other];
    await stores.licences.lockLedgers(orgs);
    const told = under === null ? null : await stores.licences.remembered(orgId, under);
    if (told && told.fingerprint !== fingerprint) throw new Fault("IDEMPOTENCY_MISMATCH");
    await command.allowed(stores);
    for (const each of orgs) await demandAlive(stores, each);
    if (told) return told.answer as Answer;
    const mine = await sitDown(parts, stores, orgId, terms);
    const theirs = other === undefined ? null : await sitDown(parts, stores, other, terms);
    const answer = await command.work(mine, theirs);
    await getUp(mine);
    if (theirs) await getUp(theirs);
    if (under !== null) await stores.licences.remember(orgId, under, { fingerprint, answer, at: terms.now });
    await stores.audit.append(
      [mine, theirs].flatMap((sitting) => (sitting ? [entryOf(sitting, actor, name, wish)] : [])),
    );
    return answer;
  });
}

const entryOf = ({ orgId, desk, now }: Sitting, actor: string, name: string, wish: unknown) => ({
  ...{ orgId, at: now, actor, action: `licence.${name}`, object: desk.drafts().at(-1)?.id ?? orgId },
  after: { wish, records: desk.drafts().map(({ id, type }) => ({ id, type })) },
});

/** What a command would post, without posting it: the review before the click (L-43). */
export async function tryOut<T>(
  parts: LicenceParts,
  orgId: OrgId,
  actor: string,
  work: (sitting: Sitting) => T,
): Promise<T> {
  return look(parts, parts.store.read, { orgId, actor }, work);
}

async function look<T>(
  parts: LicenceParts,
  stores: Stores,
  { orgId, actor }: { readonly orgId: OrgId; readonly actor: string },
  work: (sitting: Sitting) => T,
): Promise<T> {
  const looking: Stores = { ...stores, licences: { ...stores.licences, count: async () => {} } };
  await demandAlive(looking, orgId);
  return work(await sitDown(parts, looking, orgId, termsOf(parts, actor)));
}

/** An organisation's book as of now, for questions. */
export const bookNow = (parts: LicenceParts, orgId: OrgId): Promise<Book> =>
  bookIn(parts, parts.store.read, orgId);

/** The same inside a transaction, of which nothing is kept. */
export const bookIn = (parts: LicenceParts, stores: Stores, orgId: OrgId): Promise<Book> =>
  look(parts, stores, { orgId, actor: "" }, ({ desk }) => desk.book());
