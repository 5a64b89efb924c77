import { Fault, type FactorMethod, type FactorSet, type FactorSetup, type SessionId } from "@fyr/protocol";
import type { Actor } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import type { AccountRecord, SessionRecord } from "./account.ts";
import type { AccountPorts } from "./ports.ts";
import { counted, mailCode, useMailCode } from "./prove.ts";
import { bareCode, hashOf, newRecoveryCodes } from "./secret.ts";
import { demandFresh, demandSession, renewSession, type OpenSession } from "./sessions.ts";
import { SETUP_MS } from "./times.ts";
import { newSeed, otpauthUrl, usedStep } from "./totp.ts";
import { accountChanged } from "./trail.ts";

/** Choosing, changing and losing the second factor. */
export interface FactorServices {
  /**
   * Begins: an authenticator is told its seed, or a code is mailed. Nothing counts until one code was given; the old
   * factor stays until then. The QR code is added by the edge that draws it.
   *
   * @throws Fault `STEP_UP_REQUIRED`, `TOO_MANY_REQUESTS`
   */
  chooseFactor(sessionId: SessionId, method: FactorMethod): Promise<Omit<FactorSetup, "qrCode">>;
  /**
   * One valid code makes the choice count. The session has a new token afterwards, all others are ended, and an account
   * without recovery codes gets its first ones.
   *
   * @throws Fault `CODE_INVALID`, `STEP_UP_REQUIRED`, `TOO_MANY_REQUESTS`
   */
  confirmFactor(sessionId: SessionId, code: string): Promise<{ opened: OpenSession; set: FactorSet }>;
  /** Ten new ones; the old ones are worth nothing any more. @throws Fault `STEP_UP_REQUIRED` */
  renewRecoveryCodes(sessionId: SessionId): Promise<string[]>;
}

/** Makes ten and keeps their hashes. */
export async function giveRecoveryCodes(
  { random }: Pick<AccountPorts, "random">,
  { accounts }: Pick<Stores, "accounts">,
  { id }: Pick<AccountRecord, "id">,
): Promise<string[]> {
  const codes = newRecoveryCodes(random);
  await accounts.replaceRecoveryCodes(
    id,
    codes.map((code) => hashOf(bareCode(code))),
  );
  return codes;
}

const NO_NEXT = { nextMethod: null, nextSeed: null, nextUntil: 0 } as const;

/**
 * Takes the second factor away from somebody who lost it, for an admin or the hub's operator: recovery codes and
 * sessions go with it. The next sign-in asks for a code by mail, then for another factor. In the transaction of whoever
 * may decide it; leaves the entry in the account's own chain.
 */
export async function takeFactorAway(
  { clock, post }: Pick<AccountPorts, "clock" | "post">,
  { accounts, sessions, audit, mails }: Pick<Stores, "accounts" | "sessions" | "audit" | "mails">,
  account: AccountRecord,
  { actor, reason }: { actor: Actor; reason: string },
): Promise<void> {
  const { id, email: to, language, factorMethod } = account;
  await accounts.edit(id, { factorMethod: null, factorSeed: null, ...NO_NEXT });
  await accounts.replaceRecoveryCodes(id, []);
  await sessions.endAll(id);
  const entry = { at: clock.wall(), accountId: id, actor, action: "account.factor_reset" };
  await audit.append([accountChanged({ ...entry, before: { method: factorMethod }, after: { reason } })]);
  await post.put(mails, { to, language, letter: { kind: "factor_reset" } });
}

export function factorServices(ports: AccountPorts, store: HubStore): FactorServices {
  const { clock, random, sealing, post } = ports;

  /** Who may choose: somebody without a factor, and somebody who has just shown the one that is there. */
  async function chooser(stores: Stores, sessionId: SessionId, now: number) {
    const session = await demandSession(stores, sessionId, now);
    const account = await stores.accounts.take(session.accountId);
    if (!account) throw new Fault("UNAUTHENTICATED");
    if (session.factor !== "not_set_up") demandFresh(session, now);
    else if (account.factorMethod !== null) throw new Fault("MFA_REQUIRED"); // chosen in another session meanwhile
    return { session, account };
  }

  /** The step to begin with, or 0 for codes by mail; null when the code is wrong. */
  async function proveNext(
    stores: Stores,
    { id, nextMethod, nextSeed, nextUntil }: AccountRecord,
    { sessionId, code, now }: { sessionId: SessionId; code: string; now: number },
  ): Promise<number | null> {
    if (nextMethod === null || nextUntil <= now) return null;
    if (nextMethod === "email") return (await useMailCode(ports, stores, sessionId, code, now)) ? 0 : null;
    return nextSeed === null ? null : usedStep(sealing.open(nextSeed, id), code, { nowMs: now, lastStep: 0 });
  }

  async function settle(
    stores: Stores,
    {
      session,
      account,
      step,
      now,
    }: { session: SessionRecord; account: AccountRecord; step: number; now: number },
  ): Promise<{ opened: OpenSession; set: FactorSet }> {
    const { id, email: to, language, factorMethod, nextMethod: method, nextSeed } = account;
    if (method === null) throw new Error("a factor that was proved was chosen before");
    await stores.accounts.edit(id, { factorMethod: method, factorSeed: nextSeed, ...NO_NEXT });
    await stores.accounts.resetStep(id, step);
    const hasCodes = (await stores.accounts.recoveryCodesLeft(id)) > 0;
    const recoveryCodes = hasCodes ? null : await giveRecoveryCodes(ports, stores, account);
    await stores.sessions.endAll(id, session.id);
    const opened = await renewSession(ports, stores, { ...account, factorMethod: method }, session, "passed");
    if (session.factor === "not_set_up") await stores.accounts.edit(id, { signedInAt: now });
    const entry = { at: now, accountId: id, action: "account.factor_set" };
    const change = { before: { method: factorMethod }, after: { method } };
    await stores.audit.append([accountChanged({ ...entry, ...change })]);
    if (factorMethod !== null || account.signedInAt !== null) {
      await post.put(stores.mails, { to, language, letter: { kind: "factor_changed", method } });
    }
    return { opened, set: { method, recoveryCodes } };
  }

  return {
    async chooseFactor(sessionId, method) {
      const chosen = await store.write(async (stores) => {
        const now = clock.wall();
        const { account } = await chooser(stores, sessionId, now);
        const secret = method === "totp" ? newSeed(random) : null;
        const nextSeed = secret && sealing.seal(secret, account.id);
        await stores.accounts.edit(account.id, { nextMethod: method, nextSeed, nextUntil: now + SETUP_MS });
        const refused = secret === null ? await mailCode(ports, stores, account, sessionId) : null;
        return refused ?? { method, secret, url: secret && otpauthUrl(account.email, secret) };
      });
      if (chosen instanceof Fault) throw chosen;
      return chosen;
    },

    async confirmFactor(sessionId, code) {
      const outcome = await store.write(async (stores) => {
        const now = clock.wall();
        const { session, account } = await chooser(stores, sessionId, now);
        const typed = { sessionId, code: bareCode(code), now };
        const step = await counted(ports, stores, account, { now, isFree: false }, () =>
          proveNext(stores, account, typed),
        );
        return step instanceof Fault ? step : settle(stores, { session, account, step, now });
      });
      if (outcome instanceof Fault) throw outcome;
      return outcome;
    },

    renewRecoveryCodes: (sessionId) =>
      store.write(async (stores) => {
        const now = clock.wall();
        const session = await demandSession(stores, sessionId, now);
        demandFresh(session, now);
        const account = await stores.accounts.take(session.accountId);
        if (!account) throw new Fault("UNAUTHENTICATED");
        const codes = await giveRecoveryCodes(ports, stores, account);
        const { id: accountId, email: to, language } = account;
        const action = "account.recovery_codes_renewed";
        await stores.audit.append([accountChanged({ at: now, accountId, action })]);
        await post.put(stores.mails, { to, language, letter: { kind: "recovery_codes_renewed" } });
        return codes;
      }),
  };
}
