import { Fault, type SessionId, type SignIn } from "@fyr/protocol";
import type { HubStore, Stores } from "../store/store.ts";
import type { AccountRecord, Place } from "./account.ts";
import type { AccountPorts } from "./ports.ts";
import { mailCode, proveFactor, tellGuarded, type ProvenBy } from "./prove.ts";
import { hashOf, newToken } from "./secret.ts";
import { beginSession, demandSession, renewSession, type OpenSession } from "./sessions.ts";
import { counted, currentTally, MOST_FAILURES, NO_TALLY, waitOf, type Attempt } from "./throttle.ts";
import { KNOWN_MS } from "./times.ts";
import { accountChanged } from "./trail.ts";

/** Signing in: a password, then a code. */
export interface SignInServices {
  /**
   * The first step. The session that it opens is good for nothing but the second. An address that is not known
   * is refused like a wrong password, after the same time.
   *
   * @throws Fault `SIGN_IN_REFUSED`, `TOO_MANY_REQUESTS`
   */
  signIn(wish: SignIn, place: Place): Promise<OpenSession>;
  /** Mails another code, for whoever has codes by mail. */
  sendCode(sessionId: SessionId): Promise<void>;
  /**
   * The second step, or the same once more in an open session (step-up). The session has a new token afterwards.
   *
   * @throws Fault `CODE_INVALID`, `TOO_MANY_REQUESTS`
   */
  passFactor(sessionId: SessionId, code: string): Promise<OpenSession>;
  signOut(sessionId: SessionId): Promise<void>;
}

interface Keys {
  readonly source: string;
  readonly address: string;
  readonly known: string;
}

/** By the address rather than by the account: one that is not known is slowed down all the same. */
export const keysOf = ({ email }: Pick<AccountRecord, "email">, { source }: Place): Keys => {
  const address = hashOf(email);
  return { source: `source:${source}`, address: `address:${address}`, known: `known:${address}/${source}` };
};

async function readAttempt(
  { throttle }: Pick<Stores, "throttle">,
  keys: Keys,
  now: number,
): Promise<Attempt> {
  const found = await throttle.take([keys.source, keys.address, keys.known]);
  const known = found.get(keys.known) ?? NO_TALLY;
  return {
    source: currentTally(found.get(keys.source) ?? null, now),
    address: currentTally(found.get(keys.address) ?? null, now),
    known: known.triedAt > now - KNOWN_MS ? currentTally(known, now) : null,
  };
}

async function saveAttempt(
  { throttle }: Pick<Stores, "throttle">,
  keys: Keys,
  { source, address, known }: Attempt,
): Promise<void> {
  await throttle.save(keys.source, source);
  await throttle.save(keys.address, address);
  if (known) await throttle.save(keys.known, known);
}

const uncounted = ({ source, address, known }: Attempt): Attempt => {
  const less = <T extends { failures: number }>(tally: T): T => ({
    ...tally,
    failures: Math.max(0, tally.failures - 1),
  });
  return { source: less(source), address: known ? address : less(address), known: known && less(known) };
};

/** Refused like a wrong password: nobody outside learns that the account is shut. */
const isShut = ({ suspendedAt }: AccountRecord): boolean => suspendedAt !== null;

/** On a guarded account nothing is looked at, so nothing is counted. */
const isCounted = (account: AccountRecord | null): account is AccountRecord =>
  account !== null && account.failures < MOST_FAILURES;

export function signInServices(ports: AccountPorts, store: HubStore): SignInServices {
  const { clock, passwords, random } = ports;
  /** What the password of an unknown address is compared with, so that it takes as long. */
  let dummy: Promise<string> | undefined;

  /** Counts the attempt as failed before it is looked at, so that many at once are not looked at together. */
  const admit = (wish: SignIn, keys: Keys): Promise<{ account: AccountRecord | null } | Fault> =>
    store.write(async (stores) => {
      const now = clock.wall();
      const account = await stores.accounts.takeByEmail(wish.email);
      const attempt = await readAttempt(stores, keys, now);
      const retryAfterMs = waitOf(attempt, now);
      if (retryAfterMs > 0) {
        const { source } = attempt;
        await stores.throttle.save(keys.source, { ...source, refusals: source.refusals + 1 });
        return new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
      }
      await saveAttempt(stores, keys, counted(attempt, now));
      if (isCounted(account)) await stores.accounts.edit(account.id, { failures: account.failures + 1 });
      return { account };
    });

  /** The attempt was none after all: the password was right, or nobody looked at it. */
  const takeBack = async (stores: Stores, before: AccountRecord | null, keys: Keys) => {
    const account = before && (await stores.accounts.take(before.id));
    await saveAttempt(stores, keys, uncounted(await readAttempt(stores, keys, clock.wall())));
    if (account && isCounted(before)) {
      await stores.accounts.edit(account.id, { failures: Math.max(0, account.failures - 1) });
    }
    return account;
  };

  async function isRight(account: AccountRecord | null, { password }: SignIn, keys: Keys) {
    try {
      const spare = await (dummy ??= passwords.hash(newToken(random)));
      const isOpen = isCounted(account);
      return (await passwords.verify(isOpen ? account.passwordHash : spare, password)) && isOpen;
    } catch (error) {
      await store.write((stores) => takeBack(stores, account, keys));
      throw error;
    }
  }

  async function refuse(account: AccountRecord | null): Promise<never> {
    if (account?.failures === MOST_FAILURES - 1) {
      await store.write((stores) => tellGuarded(ports, stores, account));
    }
    throw new Fault("SIGN_IN_REFUSED");
  }

  return {
    async signIn(wish, place) {
      const keys = keysOf(wish, place);
      const admitted = await admit(wish, keys);
      if (admitted instanceof Fault) throw admitted;
      const { account: before } = admitted;
      if (!(await isRight(before, wish, keys)) || !before) return refuse(before);
      return store.write(async (stores) => {
        const account = await takeBack(stores, before, keys);
        // Changed while it was compared: what was right then is not now.
        if (account?.passwordHash !== before.passwordHash || isShut(account))
          throw new Fault("SIGN_IN_REFUSED");
        const opened = await beginSession(ports, stores, account, place);
        // Without a code the session is of use to nobody, but another may be asked for in it.
        if (account.factorMethod !== "totp") await mailCode(ports, stores, account, opened.session.id);
        return opened;
      });
    },

    async sendCode(sessionId) {
      const refused = await store.write(async (stores) => {
        const session = await demandSession(stores, sessionId, clock.wall());
        const account = await stores.accounts.take(session.accountId);
        if (!account) throw new Fault("UNAUTHENTICATED");
        if (account.factorMethod === "totp") return null;
        return mailCode(ports, stores, account, sessionId);
      });
      if (refused) throw refused;
    },

    async passFactor(sessionId, code) {
      const passed = await store.write(async (stores) => {
        const now = clock.wall();
        const session = await demandSession(stores, sessionId, now);
        const account = await stores.accounts.take(session.accountId);
        if (!account || session.factor === "not_set_up") throw new Fault("MFA_REQUIRED");
        const by = await proveFactor(ports, stores, account, { sessionId, code, now });
        if (by instanceof Fault) return by;
        const isFirst = session.factor === "missing";
        const next = account.factorMethod === null ? "not_set_up" : "passed";
        const opened = await renewSession(ports, stores, account, session, next);
        if (next === "passed") await passedIn(ports, stores, opened, { by, isFirst, now });
        return opened;
      });
      if (passed instanceof Fault) throw passed;
      return passed;
    },

    async signOut(sessionId) {
      await store.write(async ({ sessions, audit }) => {
        const session = await sessions.find(sessionId);
        if (!session || !(await sessions.end(session.accountId, sessionId))) return;
        const { accountId } = session;
        const action = "session.ended";
        await audit.append([accountChanged({ at: clock.wall(), accountId, action, object: sessionId })]);
      });
    },
  };
}

/** What is written down when the second factor was passed, and who is told. */
async function passedIn(
  ports: AccountPorts,
  stores: Stores,
  { session, account }: OpenSession,
  { by, isFirst, now }: { by: ProvenBy; isFirst: boolean; now: number },
): Promise<void> {
  const { id: accountId, email: to, language } = account;
  const { source, browser } = session;
  const action = isFirst ? "session.opened" : "session.stepped_up";
  const after = { by, source, browser };
  await stores.audit.append([accountChanged({ at: now, accountId, action, object: session.id, after })]);
  if (by === "recovery_code") {
    const left = await stores.accounts.recoveryCodesLeft(accountId);
    await ports.post.put(stores.mails, { to, language, letter: { kind: "recovery_code_used", left } });
  }
  if (!isFirst) return;
  const keys = keysOf(account, session);
  const { known } = await readAttempt(stores, keys, now);
  await stores.throttle.drop([keys.address]);
  await stores.throttle.save(keys.known, { ...NO_TALLY, triedAt: now });
  await stores.accounts.edit(accountId, { signedInAt: now });
  if (known || account.signedInAt === null || by === "recovery_code") return;
  const at = new Date(now).toISOString().replace("T", " ").slice(0, 16);
  const letter = { kind: "new_sign_in", browser, source, at: `${at} UTC` } as const;
  await ports.post.put(stores.mails, { to, language, letter });
}
