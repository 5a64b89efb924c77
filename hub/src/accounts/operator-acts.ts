import { AccountId, Fault, type EmailAddress, type Language, type Page } from "@fyr/protocol";
import { pageOf } from "../paging.ts";
import type { PageWish } from "../ports.ts";
import type { HubStore } from "../store/store.ts";
import type { AccountRecord } from "./account.ts";
import { giveRecoveryCodes, takeFactorAway } from "./factor-setup.ts";
import { demandGoodPassword } from "./password-rules.ts";
import type { AccountPorts } from "./ports.ts";
import { newAccount } from "./registration.ts";
import { newSeed, otpauthUrl } from "./totp.ts";
import { accountChanged } from "./trail.ts";

/** What the hub's operator does to accounts, at the machine itself. */
export interface OperatorActs {
  /** An account whose address needs no proof, with an authenticator. @throws Fault `ACCOUNT_KNOWN` */
  createAccount(wish: NewAccountWish): Promise<MadeAccount>;
  /** For a sole owner whose identity the operator checked. @throws Fault `NOT_FOUND` */
  resetFactor(email: EmailAddress, reason: string): Promise<void>;
  accounts(wish: PageWish): Promise<Page<ListedAccount>>;
}

export interface NewAccountWish {
  readonly email: EmailAddress;
  readonly name: string;
  readonly password: string;
  readonly language: Language;
  readonly timeZone: string;
}

/** Shown once. */
export interface MadeAccount {
  readonly id: AccountId;
  readonly secret: string;
  readonly url: string;
  readonly recoveryCodes: readonly string[];
}

export type ListedAccount = Pick<
  AccountRecord,
  "id" | "email" | "name" | "factorMethod" | "createdAt" | "signedInAt"
>;

const OPERATOR = "operator";

export function operatorActs(ports: AccountPorts, store: HubStore): OperatorActs {
  const { clock, random, ids, passwords, sealing } = ports;
  return {
    async createAccount({ email, password, ...wish }) {
      demandGoodPassword(password, email);
      const passwordHash = await passwords.hash(password);
      const now = clock.wall();
      const id = AccountId.parse(ids.next());
      const secret = newSeed(random);
      const factor = { factorMethod: "totp", factorSeed: sealing.seal(secret, id) } as const;
      const account = { ...newAccount(id, { ...wish, email, passwordHash }, now), ...factor };
      const recoveryCodes = await store.write(async (stores) => {
        if (!(await stores.accounts.insert(account))) throw new Fault("ACCOUNT_KNOWN");
        await stores.accounts.dropRegistrations(email);
        const entry = { at: now, accountId: id, actor: OPERATOR, action: "account.created" };
        await stores.audit.append([accountChanged({ ...entry, after: { email, name: wish.name } })]);
        return giveRecoveryCodes(ports, stores, account);
      });
      return { id, secret, url: otpauthUrl(email, secret), recoveryCodes };
    },
    async resetFactor(email, reason) {
      await store.write(async (stores) => {
        const account = await stores.accounts.takeByEmail(email);
        if (!account) throw new Fault("NOT_FOUND");
        await takeFactorAway(ports, stores, account, { actor: OPERATOR, reason });
      });
    },
    async accounts(wish) {
      return pageOf(
        await store.read.accounts.page(wish),
        wish,
        ({ id }) => id,
        ({ id, email, name, factorMethod, createdAt, signedInAt }) => ({
          ...{ id, email, name, factorMethod, createdAt, signedInAt },
        }),
      );
    },
  };
}
