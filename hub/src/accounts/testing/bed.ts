import { EmailAddress, type AccountId, type AuditEntry } from "@fyr/protocol";
import { seededRandom, uuid7Ids } from "@fyr/runtime";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import { createPost, readMail } from "../../mail/post.ts";
import type { Mail } from "../../mail/store.ts";
import type { HubStore } from "../../store/store.ts";
import { accountDoubles } from "../../testing/accounts.ts";
import type { Place } from "../account.ts";
import { operatorActs, type OperatorActs } from "../operator-acts.ts";
import type { PasswordHasher } from "../passwords.ts";
import type { AccountPorts } from "../ports.ts";
import { accountServices, type AccountServices } from "../service.ts";
import { sessionStanding, type OpenSession } from "../sessions.ts";
import { codeAt, stepAt } from "../totp.ts";
import { chainOf } from "../trail.ts";

export const PASSWORD = "tulip ladder fog 7";
export const HOME: Place = { source: "192.0.2.1", browser: "Firefox" };

/** Somebody with an account, a second factor and an open session. */
export interface TestPerson {
  readonly email: EmailAddress;
  readonly id: AccountId;
  readonly opened: OpenSession;
  readonly recoveryCodes: readonly string[];
  /** The code that the authenticator shows now. */
  code(): string;
}

export interface AccountBed {
  readonly clock: FakeClock;
  readonly store: HubStore;
  readonly ports: AccountPorts;
  readonly accounts: AccountServices;
  readonly acts: OperatorActs;
  readonly standing: ReturnType<typeof sessionStanding>;
  /** Passwords that were compared, in order. */
  readonly verified: string[];
  /** What lies in the outbox for an address, newest first. */
  mailsTo(email: string): Promise<{ mail: Mail; text: string }[]>;
  /** The token in the link of the newest mail. */
  tokenTo(email: string): Promise<string>;
  /** The code in the newest mail. */
  codeTo(email: string): Promise<string>;
  trail(id: AccountId): Promise<AuditEntry[]>;
  /** Registered and verified, the session still without a second factor. */
  registered(email: string, place?: Place): Promise<OpenSession>;
  /** With an authenticator, signed in; the next half minute has begun, so that a fresh code is there. */
  person(email: string, place?: Place): Promise<TestPerson>;
}

/** Accounts over a store, with a fake clock and quick hashes. */
export function accountBed(store: HubStore, seed: string): AccountBed {
  const clock = fakeClock();
  const random = seededRandom(seed);
  const ids = uuid7Ids(clock, random.split("ids"));
  const doubles = accountDoubles(random.split("sealing"));
  const verified: string[] = [];
  const passwords: PasswordHasher = {
    hash: doubles.passwords.hash,
    verify: (hash, password) => {
      verified.push(password);
      return doubles.passwords.verify(hash, password);
    },
  };
  const base = { clock, ids, sealing: doubles.sealing };
  const ports: AccountPorts = { ...doubles, ...base, random, passwords, post: createPost(base) };
  const accounts = accountServices(ports, store);

  async function mailsTo(to: string) {
    const mails = await store.read.mails.page({ to: EmailAddress.parse(to) }, { limit: 500 });
    return mails.map((mail) => ({ mail, text: readMail(mail, ports.sealing)?.text ?? "" }));
  }
  const newest = async (to: string, pattern: RegExp) => {
    for (const { text } of await mailsTo(to)) {
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) return found;
    }
    throw new Error(`no such mail to ${to}`);
  };

  const bed: AccountBed = {
    ...{ clock, store, ports, accounts, verified, mailsTo },
    acts: operatorActs(ports, store),
    standing: sessionStanding(ports, store),
    tokenTo: (to) => newest(to, /#([\w-]{43})$/m),
    codeTo: (to) => newest(to, /^(\d{6})$/m),
    trail: (id) => store.read.audit.page(chainOf(id), { limit: 100 }, "everybody"),
    async registered(email, place = HOME) {
      const wish = { email: EmailAddress.parse(email), password: PASSWORD, name: "Ada" };
      await accounts.register({ ...wish, language: "en", timeZone: "Europe/Paris" }, place);
      const token = await bed.tokenTo(email);
      return accounts.verifyRegistration({ token, password: PASSWORD }, place);
    },
    async person(email, place = HOME) {
      const { session } = await bed.registered(email, place);
      const { secret } = await accounts.chooseFactor(session.id, "totp");
      const code = () => codeAt(secret ?? "", stepAt(clock.wall()));
      const { opened, set } = await accounts.confirmFactor(session.id, code());
      await clock.advance(30_000);
      const { id, email: known } = opened.account;
      return { email: known, id, opened, recoveryCodes: set.recoveryCodes ?? [], code };
    },
  };
  return bed;
}
