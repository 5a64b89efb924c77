import {
  Fault,
  type Account,
  type AccountChange,
  type AccountId,
  type EmailAddress,
  type SessionId,
} from "@fyr/protocol";
import type { Letter } from "../mail/letter.ts";
import { isTaken } from "../store/errors.ts";
import type { HubStore } from "../store/store.ts";
import { STRANGERS_MAIL, takeAllowance } from "./allowance.ts";
import { linkTo, type AccountPorts } from "./ports.ts";
import { hashOf, newToken } from "./secret.ts";
import { demandFresh, demandSession } from "./sessions.ts";
import { showAccount } from "./show.ts";
import { EMAIL_CHANGE_MS, inHours } from "./times.ts";
import { accountChanged } from "./trail.ts";

/** What people see and change of their own account (access.md 3.3, row 1). */
export interface ProfileServices {
  account(id: AccountId): Promise<Account>;
  editAccount(id: AccountId, change: AccountChange): Promise<Account>;
  /**
   * Mails a link to the new address and tells the old one; the old one counts until the link was followed. Whether the
   * new one belongs to somebody, only its owner is told.
   *
   * @throws Fault `STEP_UP_REQUIRED`, `TOO_MANY_REQUESTS`
   */
  askForEmail(sessionId: SessionId, email: EmailAddress): Promise<void>;
  /** @throws Fault `TOKEN_INVALID`, also for the token of another account */
  changeEmail(id: AccountId, token: string): Promise<Account>;
}

/** The fields that differ, as they were and as they are. */
function difference(before: Account, change: AccountChange) {
  const fields = (["name", "language", "timeZone", "theme"] as const).filter(
    (field) => change[field] !== undefined && change[field] !== before[field],
  );
  const pick = (from: AccountChange) => Object.fromEntries(fields.map((field) => [field, from[field]]));
  return fields.length === 0 ? null : { before: pick(before), after: pick(change) };
}

export function profileServices(ports: AccountPorts, store: HubStore): ProfileServices {
  const { clock, random, post, origin } = ports;
  return {
    async account(id) {
      const found = await store.read.accounts.find(id);
      if (!found) throw new Fault("UNAUTHENTICATED");
      return showAccount(store.read, found);
    },

    editAccount: (id, change) =>
      store.write(async (stores) => {
        const found = await stores.accounts.take(id);
        if (!found) throw new Fault("UNAUTHENTICATED");
        const before = await showAccount(stores, found);
        const differs = difference(before, change);
        if (!differs) return before;
        await stores.accounts.edit(id, differs.after);
        const entry = { at: clock.wall(), accountId: id, action: "account.edited", ...differs };
        await stores.audit.append([accountChanged(entry)]);
        return { ...before, ...differs.after };
      }),

    async askForEmail(sessionId, email) {
      const refused = await store.write(async ({ accounts, sessions, throttle, mails }) => {
        const now = clock.wall();
        const session = await demandSession({ sessions }, sessionId, now);
        demandFresh(session, now);
        const account = await accounts.take(session.accountId);
        if (!account) throw new Fault("UNAUTHENTICATED");
        const retryAfterMs = await takeAllowance(throttle, STRANGERS_MAIL, hashOf(email), now);
        if (retryAfterMs > 0) return new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
        const { id: accountId, language } = account;
        const token = newToken(random);
        const until = now + EMAIL_CHANGE_MS;
        await accounts.putToken({ hash: hashOf(token), accountId, purpose: "email", email, until });
        const isKnown = (await accounts.byEmail(email)) !== null;
        const link = isKnown ? linkTo.signIn(origin()) : linkTo.newAddress(origin(), token);
        const letter: Letter = isKnown
          ? { kind: "address_known", link }
          : { kind: "email_change", link, hours: inHours(EMAIL_CHANGE_MS) };
        await post.put(mails, { to: email, language, letter, until });
        await post.put(mails, { to: account.email, language, letter: { kind: "email_change_asked" } });
        return null;
      });
      if (refused) throw refused;
    },

    async changeEmail(id, token) {
      const changed = store.write(async (stores) => {
        const now = clock.wall();
        const account = await stores.accounts.take(id);
        const proved = await stores.accounts.useToken(hashOf(token), "email", now);
        if (!account || proved?.accountId !== id || proved.email === null) throw new Fault("TOKEN_INVALID");
        if (await stores.accounts.byEmail(proved.email)) throw new Fault("TOKEN_INVALID");
        await stores.accounts.edit(id, { email: proved.email });
        const { email: to, language } = account;
        const change = { before: { email: to }, after: { email: proved.email } };
        const entry = { at: now, accountId: id, action: "account.email_changed", ...change };
        await stores.audit.append([accountChanged(entry)]);
        const letter = { kind: "email_changed", email: proved.email } as const;
        await post.put(stores.mails, { to, language, letter });
        return showAccount(stores, { ...account, email: proved.email });
      });
      return changed.catch((error: unknown) => {
        // Somebody else made the address theirs in the same moment.
        throw isTaken(error) ? new Fault("TOKEN_INVALID", {}, { cause: error }) : error;
      });
    },
  };
}
