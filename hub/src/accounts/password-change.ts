import {
  Fault,
  type EmailAddress,
  type PasswordChange,
  type PasswordReset,
  type SessionId,
} from "@fyr/protocol";
import type { HubStore } from "../store/store.ts";
import type { Place } from "./account.ts";
import { FROM_SOURCE, STRANGERS_MAIL, takeAllowance } from "./allowance.ts";
import { demandGoodPassword } from "./password-rules.ts";
import { linkTo, type AccountPorts } from "./ports.ts";
import { counted } from "./prove.ts";
import { hashOf, newToken } from "./secret.ts";
import { demandFresh, demandSession, renewSession, type OpenSession } from "./sessions.ts";
import { inMinutes, RESET_MS } from "./times.ts";
import { accountChanged } from "./trail.ts";

/** Another password, for who knows the old one and for who has the address. Neither is a way round the second factor. */
export interface PasswordServices {
  /**
   * All other sessions end; this one has a new token.
   *
   * @throws Fault `STEP_UP_REQUIRED`, `SIGN_IN_REFUSED` for a wrong old one, `PASSWORD_WEAK`, `PASSWORD_BREACHED`
   */
  changePassword(sessionId: SessionId, change: PasswordChange): Promise<OpenSession>;
  /** Mails a link when the address is known, and says nothing about it. @throws Fault `TOO_MANY_REQUESTS` */
  askForPassword(email: EmailAddress, place: Place): Promise<void>;
  /**
   * All sessions end, a guarded account opens again. Nobody is signed in by it.
   *
   * @throws Fault `TOKEN_INVALID`, `PASSWORD_WEAK`, `PASSWORD_BREACHED`
   */
  resetPassword(reset: PasswordReset): Promise<void>;
}

export function passwordServices(ports: AccountPorts, store: HubStore): PasswordServices {
  const { clock, random, passwords, post, origin } = ports;
  return {
    async changePassword(sessionId, { current, password }) {
      const session = await demandSession(store.read, sessionId, clock.wall());
      demandFresh(session, clock.wall());
      const account = await store.read.accounts.find(session.accountId);
      if (!account) throw new Fault("UNAUTHENTICATED");
      demandGoodPassword(password, account.email);
      const isRight = await passwords.verify(account.passwordHash, current);
      const passwordHash = isRight ? await passwords.hash(password) : null;
      const outcome = await store.write(async (stores) => {
        const now = clock.wall();
        const still = await stores.accounts.take(account.id);
        if (still?.passwordHash !== account.passwordHash) throw new Fault("SIGN_IN_REFUSED");
        const proved = await counted(ports, stores, still, { now, isFree: false }, async () => passwordHash);
        if (proved instanceof Fault) return proved;
        await stores.accounts.edit(account.id, { passwordHash: proved });
        await stores.accounts.dropTokens(account.id);
        await stores.sessions.endAll(account.id, sessionId);
        const { id: accountId, email: to, language } = still;
        const action = "account.password_changed";
        await stores.audit.append([accountChanged({ at: now, accountId, action })]);
        await post.put(stores.mails, { to, language, letter: { kind: "password_changed" } });
        return renewSession(ports, stores, still, await demandSession(stores, sessionId, now), "passed");
      });
      if (!(outcome instanceof Fault)) return outcome;
      throw outcome.code === "CODE_INVALID" ? new Fault("SIGN_IN_REFUSED") : outcome;
    },

    async askForPassword(email, { source }) {
      const retryAfterMs = await store.write(async ({ accounts, throttle, mails }) => {
        const now = clock.wall();
        const wait = await takeAllowance(throttle, FROM_SOURCE, source, now);
        if (wait > 0) return wait;
        if ((await takeAllowance(throttle, STRANGERS_MAIL, hashOf(email), now)) > 0) return 0;
        const account = await accounts.byEmail(email);
        if (!account) return 0;
        const token = newToken(random);
        const until = now + RESET_MS;
        const owned = { accountId: account.id, purpose: "password", email: null } as const;
        await accounts.putToken({ hash: hashOf(token), ...owned, until });
        const link = linkTo.newPassword(origin(), token);
        const letter = { kind: "password_reset", link, minutes: inMinutes(RESET_MS) } as const;
        await post.put(mails, { to: email, language: account.language, letter, until });
        return 0;
      });
      if (retryAfterMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
    },

    async resetPassword({ token, password }) {
      const hash = hashOf(token);
      const found = await store.read.accounts.findToken(hash, "password", clock.wall());
      const account = found && (await store.read.accounts.find(found.accountId));
      if (!account) throw new Fault("TOKEN_INVALID");
      demandGoodPassword(password, account.email);
      const passwordHash = await passwords.hash(password);
      await store.write(async (stores) => {
        const now = clock.wall();
        const { id: accountId, language } = account;
        const still = await stores.accounts.take(accountId);
        if (!still || !(await stores.accounts.useToken(hash, "password", now)))
          throw new Fault("TOKEN_INVALID");
        await stores.accounts.edit(accountId, { passwordHash, failures: 0 });
        await stores.accounts.dropTokens(accountId);
        await stores.sessions.endAll(accountId);
        await stores.throttle.drop([`address:${hashOf(still.email)}`]);
        const action = "account.password_reset";
        await stores.audit.append([accountChanged({ at: now, accountId, action })]);
        await post.put(stores.mails, { to: still.email, language, letter: { kind: "password_changed" } });
      });
    },
  };
}
