import { AccountId, Fault, type NewRegistration, type RegistrationProof } from "@fyr/protocol";
import type { HubStore, Stores } from "../store/store.ts";
import type { AccountRecord, Place, Registration } from "./account.ts";
import { FROM_SOURCE, STRANGERS_MAIL, takeAllowance } from "./allowance.ts";
import { demandGoodPassword } from "./password-rules.ts";
import { linkTo, type AccountPorts } from "./ports.ts";
import { hashOf, newToken } from "./secret.ts";
import { beginSession, type OpenSession } from "./sessions.ts";
import { inHours, REGISTRATION_MS } from "./times.ts";
import { accountChanged } from "./trail.ts";

/** How an account comes to be. */
export interface RegistrationServices {
  /**
   * Mails a link to the address. Whether the address is known already, the mail says and nothing else does; until the
   * link is followed there is no account, and nobody else is kept from registering the address.
   *
   * @throws Fault `PASSWORD_WEAK`, `PASSWORD_BREACHED`, `TOO_MANY_REQUESTS`
   */
  register(wish: NewRegistration, place: Place): Promise<void>;
  /**
   * Makes the account and opens a session in which a second factor is chosen. The password is asked again: otherwise
   * whoever registers somebody else's address had an account there as soon as its owner clicked.
   *
   * @throws Fault `TOKEN_INVALID`, `SIGN_IN_REFUSED`
   */
  verifyRegistration(proof: RegistrationProof, place: Place): Promise<OpenSession>;
}

/** Wrong passwords that may be given with one link. */
const MOST_WRONG = 10;

export const newAccount = (
  id: AccountId,
  {
    email,
    name,
    language,
    timeZone,
    passwordHash,
  }: Pick<AccountRecord, "email" | "name" | "language" | "timeZone" | "passwordHash">,
  now: number,
): AccountRecord => ({
  ...{ id, email, name, language, timeZone, theme: "system", passwordHash },
  ...{ factorMethod: null, factorSeed: null, factorStep: 0 },
  ...{ nextMethod: null, nextSeed: null, nextUntil: 0 },
  ...{ failures: 0, codesTried: 0, codesSince: 0, createdAt: now, signedInAt: null },
  suspendedAt: null,
});

export function registrationServices(ports: AccountPorts, store: HubStore): RegistrationServices {
  const { clock, random, ids, passwords, post, origin } = ports;

  async function mailRegistration(
    stores: Stores,
    wish: NewRegistration,
    passwordHash: string,
  ): Promise<void> {
    const now = clock.wall();
    if ((await takeAllowance(stores.throttle, STRANGERS_MAIL, hashOf(wish.email), now)) > 0) return;
    const { email, name, language, timeZone } = wish;
    const known = await stores.accounts.byEmail(email);
    if (known) {
      const letter = { kind: "address_known", link: linkTo.signIn(origin()) } as const;
      return post.put(stores.mails, { to: email, language: known.language, letter });
    }
    const token = newToken(random);
    const until = now + REGISTRATION_MS;
    await stores.accounts.insertRegistration({
      ...{ tokenHash: hashOf(token), email, name, language, timeZone, passwordHash },
      ...{ createdAt: now, until, failures: 0 },
    });
    const link = linkTo.verify(origin(), token);
    const letter = { kind: "verify_address", name, link, hours: inHours(REGISTRATION_MS) } as const;
    await post.put(stores.mails, { to: email, language, letter, until });
  }

  /** Null when the link is worth nothing. */
  const pending = (tokenHash: string): Promise<Registration | null> =>
    store.write(async ({ accounts }) => {
      const found = await accounts.takeRegistration(tokenHash);
      return found && found.until > clock.wall() && found.failures < MOST_WRONG ? found : null;
    });

  return {
    async register(wish, { source }) {
      demandGoodPassword(wish.password, wish.email);
      const retryAfterMs = await store.write(({ throttle }) =>
        takeAllowance(throttle, FROM_SOURCE, source, clock.wall()),
      );
      if (retryAfterMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
      // Also for a known address: the time must not tell them apart.
      const passwordHash = await passwords.hash(wish.password);
      await store.write((stores) => mailRegistration(stores, wish, passwordHash));
    },

    async verifyRegistration({ token, password }, place) {
      const tokenHash = hashOf(token);
      const found = await pending(tokenHash);
      if (!found) throw new Fault("TOKEN_INVALID");
      if (!(await passwords.verify(found.passwordHash, password))) {
        await store.write(({ accounts }) => accounts.registrationFailed(tokenHash));
        throw new Fault("SIGN_IN_REFUSED");
      }
      return store.write(async (stores) => {
        const now = clock.wall();
        const still = await stores.accounts.takeRegistration(tokenHash);
        const account = newAccount(AccountId.parse(ids.next()), found, now);
        if (!still || !(await stores.accounts.insert(account))) throw new Fault("TOKEN_INVALID");
        await stores.accounts.dropRegistrations(found.email);
        const after = { email: account.email, name: account.name };
        const entry = { at: now, accountId: account.id, action: "account.registered", after };
        await stores.audit.append([accountChanged(entry)]);
        return beginSession(ports, stores, account, place, "not_set_up");
      });
    },
  };
}
