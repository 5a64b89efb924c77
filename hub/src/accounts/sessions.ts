import { Fault, SessionId, type AccountId, type Page, type SessionSummary } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { PageWish } from "../ports.ts";
import type { SessionStanding } from "../access/caller.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { AccountRecord, Place, SessionFactor, SessionRecord } from "./account.ts";
import type { AccountPorts } from "./ports.ts";
import { hashOf, newToken } from "./secret.ts";
import { FRESH_MS, IDLE_MS, LONGEST_SESSION_MS, SEEN_EVERY_MS, UNFINISHED_MS } from "./times.ts";
import { accountChanged } from "./trail.ts";

/** A session whose token has just been made: this is the only time that anybody holds it but its browser. */
export interface OpenSession {
  readonly token: string;
  readonly until: number;
  readonly session: SessionRecord;
  readonly account: AccountRecord;
}

type Making = Pick<AccountPorts, "clock" | "random" | "ids">;

const PLACE_CHARS = 200;

const untilOf = (factor: SessionFactor, since: number): number =>
  since + (factor === "passed" ? LONGEST_SESSION_MS : UNFINISHED_MS);

/** A new session, its second factor still to come. */
export async function beginSession(
  { clock, random, ids }: Making,
  { sessions }: Pick<Stores, "sessions">,
  account: AccountRecord,
  { source, browser }: Place,
  factor: "missing" | "not_set_up" = "missing",
): Promise<OpenSession> {
  const now = clock.wall();
  const token = newToken(random);
  const session: SessionRecord = {
    ...{ id: SessionId.parse(ids.next()), accountId: account.id, tokenHash: hashOf(token), factor },
    ...{ factorAt: null, createdAt: now, seenAt: now, until: untilOf(factor, now) },
    ...{ source: source.slice(0, PLACE_CHARS), browser: browser.slice(0, PLACE_CHARS) },
  };
  await sessions.insert(session);
  return { token, until: session.until, session, account };
}

/**
 * The same session with another token, after its owner proved something: what an onlooker or a fixed cookie knew before
 * is worth nothing any more (security.md B1-S5).
 */
export async function renewSession(
  { clock, random }: Pick<Making, "clock" | "random">,
  { sessions }: Pick<Stores, "sessions">,
  account: AccountRecord,
  session: SessionRecord,
  factor: SessionFactor,
): Promise<OpenSession> {
  const now = clock.wall();
  const token = newToken(random);
  const renewed: SessionRecord = {
    ...{ ...session, tokenHash: hashOf(token), factor, factorAt: factor === "passed" ? now : null },
    // Proving the factor again does not lengthen a session; passing it for the first time begins one.
    until: session.factor === "passed" ? session.until : untilOf(factor, now),
  };
  if (!(await sessions.renew(renewed))) throw new Fault("UNAUTHENTICATED");
  return { token, until: renewed.until, session: renewed, account };
}

export const isOver = ({ seenAt, until }: Pick<SessionRecord, "seenAt" | "until">, now: number): boolean =>
  now >= until || now - seenAt >= IDLE_MS;

/** @throws Fault `UNAUTHENTICATED` when it is over, or was ended meanwhile */
export async function demandSession(
  { sessions }: Pick<Stores, "sessions">,
  id: SessionId,
  now: number,
): Promise<SessionRecord> {
  const session = await sessions.find(id);
  if (!session || isOver(session, now)) throw new Fault("UNAUTHENTICATED");
  return session;
}

/** @throws Fault `MFA_REQUIRED`, `STEP_UP_REQUIRED` */
export function demandFresh({ factor, factorAt }: SessionRecord, now: number): void {
  if (factor !== "passed" || factorAt === null) throw new Fault("MFA_REQUIRED");
  demandFreshFactor(factorAt, now);
}

/** For a dangerous act the second factor was passed lately. @throws Fault `STEP_UP_REQUIRED` */
export function demandFreshFactor(factorAt: number, now: number): void {
  if (now - factorAt > FRESH_MS) throw new Fault("STEP_UP_REQUIRED");
}

/** What a session's token is worth at this moment: one question by the token's hash, for every request. */
export const sessionStanding =
  ({ clock }: Pick<AccountPorts, "clock">, store: HubStore) =>
  async (token: string): Promise<SessionStanding | null> => {
    const now = clock.wall();
    const found = await store.session(hashOf(token));
    if (!found || isOver(found, now)) return null;
    const { id, accountId, factor, factorAt, language } = found;
    if (now - found.seenAt >= SEEN_EVERY_MS) await store.write(({ sessions }) => sessions.seen(id, now));
    return { sessionId: id, accountId, factor, factorAt, language };
  };

/** Whoever owns sessions looks at them and ends them. */
export interface SessionServices {
  /** @param current the one that asks */
  sessions(accountId: AccountId, current: SessionId, wish: PageWish): Promise<Page<SessionSummary>>;
  /** @throws Fault `NOT_FOUND` for one of somebody else, or one that is over */
  endSession(accountId: AccountId, id: SessionId): Promise<void>;
  /** @returns how many ended */
  endOtherSessions(accountId: AccountId, current: SessionId): Promise<number>;
}

export const sessionServices = (
  { clock }: Pick<AccountPorts, "clock">,
  store: HubStore,
): SessionServices => ({
  async sessions(accountId, current, wish) {
    const now = clock.wall();
    const { after = "", limit } = wish;
    const open = (await store.read.sessions.of(accountId)).filter((session) => !isOver(session, now));
    return pageOf(
      open.filter(({ id }) => id > after).slice(0, limit + 1),
      wish,
      ({ id }) => id,
      ({ id, browser, source, createdAt, seenAt, until }) => ({
        ...{ id, current: id === current, browser, source, createdAt, seenAt, until },
      }),
    );
  },
  async endSession(accountId, id) {
    await store.write(async ({ sessions, audit }) => {
      if (!(await sessions.end(accountId, id))) throw new Fault("NOT_FOUND");
      await audit.append([
        accountChanged({ at: clock.wall(), accountId, action: "session.ended", object: id }),
      ]);
    });
  },
  endOtherSessions: (accountId, current) =>
    store.write(async ({ sessions, audit }) => {
      const ended = await sessions.endAll(accountId, current);
      if (ended === 0) return 0;
      const action = "session.others_ended";
      await audit.append([accountChanged({ at: clock.wall(), accountId, action, after: { ended } })]);
      return ended;
    }),
});
