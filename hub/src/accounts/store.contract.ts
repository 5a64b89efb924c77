import { AccountId, EmailAddress, SessionId } from "@fyr/protocol";
import { seededRandom, uuid7Ids } from "@fyr/runtime";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import type { AccountRecord, Registration, SessionRecord } from "./account.ts";
import { newAccount } from "./registration.ts";
import { hashOf } from "./secret.ts";
import { NO_TALLY } from "./throttle.ts";

const NOW = Date.UTC(2026, 0, 1);
const ids = uuid7Ids({ wall: () => NOW }, seededRandom("account records"));
let made = 0;

const newEmail = () => EmailAddress.parse(`person${++made}@example.com`);
export const accountRecord = (facts: Partial<AccountRecord> = {}): AccountRecord => ({
  ...newAccount(
    AccountId.parse(ids.next()),
    { email: newEmail(), name: "Ada", language: "fr", timeZone: "Europe/Paris", passwordHash: "hash" },
    NOW,
  ),
  ...facts,
});
export const sessionRecord = (facts: Partial<SessionRecord> = {}): SessionRecord => ({
  ...{ id: SessionId.parse(ids.next()), accountId: AccountId.parse(ids.next()) },
  ...{ tokenHash: hashOf(`token ${++made}`), factor: "passed", factorAt: NOW, createdAt: NOW, seenAt: NOW },
  ...{ until: NOW + 1_000, source: "192.0.2.1", browser: "Firefox" },
  ...facts,
});

export function accountStoreContract(name: string, stores: () => HubStore): void {
  const read = () => stores().read;
  const write: HubStore["write"] = (work) => stores().write(work);
  const add = async (facts: Partial<AccountRecord> = {}) => {
    const account = accountRecord(facts);
    expect(await write(({ accounts }) => accounts.insert(account))).toBe(true);
    return account;
  };

  test(`${name}: an account is what was put in, found by id and by address`, async () => {
    const account = await add({ factorMethod: "totp", factorSeed: "sealed", signedInAt: 5, theme: "dark" });
    expect(await read().accounts.find(account.id)).toEqual(account);
    expect(await read().accounts.byEmail(account.email)).toEqual(account);
    expect(await read().accounts.byEmail(newEmail())).toBeNull();
    expect(await read().accounts.find(accountRecord().id)).toBeNull();
  });

  test(`${name}: of two accounts with one address one is made, also at the same moment`, async () => {
    const email = newEmail();
    const both = [accountRecord({ email }), accountRecord({ email })];
    const inserted = await Promise.all(
      both.map((account) => write(({ accounts }) => accounts.insert(account))),
    );
    expect(inserted.sort()).toEqual([false, true]);
  });

  test(`${name}: an edit changes what it names and nothing else`, async () => {
    const account = await add();
    const edit = { name: "Grace", factorMethod: "email", nextSeed: null, failures: 3 } as const;
    await write(({ accounts }) => accounts.edit(account.id, edit));
    expect(await read().accounts.find(account.id)).toEqual({ ...account, ...edit });
  });

  test(`${name}: pages show each account once, in the order of ids`, async () => {
    const four = [await add(), await add(), await add(), await add()];
    const found = await read().accounts.page({ after: four[0]!.id, limit: 2 });
    expect(found).toEqual(four.slice(1));
  });

  test(`${name} B1-S3: of two codes of one step one counts, in 200 races, and none of an earlier step`, async () => {
    const { id } = await add();
    for (let step = 1; step <= 200; step++) {
      const use = () => write(({ accounts }) => accounts.useStep(id, step));
      expect((await Promise.all([use(), use()])).filter(Boolean)).toHaveLength(1);
    }
    for (const step of [1, 199, 200]) {
      expect(await write(({ accounts }) => accounts.useStep(id, step))).toBe(false);
    }
    await write(({ accounts }) => accounts.resetStep(id, 3));
    expect((await read().accounts.find(id))?.factorStep).toBe(3);
  });

  test(`${name}: a recovery code counts once, also in a race, and new ones end the old`, async () => {
    const [one, other] = [await add(), await add()];
    for (const { id } of [one, other]) {
      await write(({ accounts }) => accounts.replaceRecoveryCodes(id, ["a", "b"]));
    }
    const use = (hash: string) => write(({ accounts }) => accounts.useRecoveryCode(one.id, hash));
    expect((await Promise.all([use("a"), use("a")])).filter(Boolean)).toHaveLength(1);
    expect(await use("x")).toBe(false);
    expect([await read().accounts.recoveryCodesLeft(one.id), await use("b")]).toEqual([1, true]);
    expect(await read().accounts.recoveryCodesLeft(other.id)).toBe(2);
    await write(({ accounts }) => accounts.replaceRecoveryCodes(other.id, ["c"]));
    expect(await write(({ accounts }) => accounts.useRecoveryCode(other.id, "a"))).toBe(false);
    await write(({ accounts }) => accounts.replaceRecoveryCodes(other.id, []));
    expect(await read().accounts.recoveryCodesLeft(other.id)).toBe(0);
  });

  test(`${name}: registrations of one address live side by side and go together`, async () => {
    const email = newEmail();
    const registration = (token: string, until: number): Registration => ({
      ...{ tokenHash: hashOf(`${email} ${token}`), email, name: "Ada", language: "en", timeZone: "UTC" },
      ...{ passwordHash: "hash", createdAt: NOW, until, failures: 0 },
    });
    const [first, second] = [registration("1", NOW + 1), registration("2", NOW + 100)];
    for (const each of [first, second]) await write(({ accounts }) => accounts.insertRegistration(each));
    await write(({ accounts }) => accounts.registrationFailed(first.tokenHash));
    const take = ({ tokenHash }: Registration) =>
      write(({ accounts }) => accounts.takeRegistration(tokenHash));
    expect([await take(first), await take(second)]).toEqual([{ ...first, failures: 1 }, second]);
    await write(({ accounts }) => accounts.sweep(NOW + 1));
    expect([await take(first), await take(second)]).toEqual([null, second]);
    await write(({ accounts }) => accounts.dropRegistrations(email));
    expect(await take(second)).toBeNull();
  });

  test(`${name}: a mailed code takes the place of the one before and has a number of tries`, async () => {
    const { id: sessionId, accountId } = sessionRecord();
    const put = (hash: string, triesLeft: number) =>
      write(({ accounts }) => accounts.putCode({ sessionId, accountId, hash, until: NOW, triesLeft }));
    const take = () => write(({ accounts }) => accounts.takeCode(sessionId));
    await put("a", 1);
    await put("b", 2);
    expect(await take()).toEqual({ sessionId, accountId, hash: "b", until: NOW, triesLeft: 2 });
    const spend = () => write(({ accounts }) => accounts.spendTry(sessionId));
    expect((await Promise.all([spend(), spend(), spend()])).filter(Boolean)).toHaveLength(2);
    await write(({ accounts }) => accounts.dropCode(sessionId));
    expect([await take(), await spend()]).toEqual([null, false]);
  });

  test(`${name}: a mailed token is used once, for its purpose, in its time; a new one ends the old`, async () => {
    const { id: accountId } = await add();
    const token = (label: string, purpose: "password" | "email") => ({
      ...{ hash: hashOf(`${accountId} ${label}`), accountId, purpose, email: null, until: NOW + 10 },
    });
    const [old, reset, change] = [token("1", "password"), token("2", "password"), token("3", "email")];
    for (const each of [old, reset, change]) await write(({ accounts }) => accounts.putToken(each));
    const use = (hash: string, purpose: "password" | "email", now: number) =>
      write(({ accounts }) => accounts.useToken(hash, purpose, now));
    expect(await use(old.hash, "password", NOW)).toBeNull();
    expect(await use(reset.hash, "email", NOW)).toBeNull();
    expect(await read().accounts.findToken(reset.hash, "password", NOW)).toEqual(reset);
    const both = await Promise.all([use(reset.hash, "password", NOW), use(reset.hash, "password", NOW)]);
    expect(both.filter(Boolean)).toEqual([reset]);
    expect(await read().accounts.findToken(change.hash, "email", NOW + 10)).toBeNull();
    expect(await use(change.hash, "email", NOW + 10)).toBeNull();
    await write(({ accounts }) => accounts.putToken(change));
    await write(({ accounts }) => accounts.dropTokens(accountId));
    expect(await use(change.hash, "email", NOW)).toBeNull();
  });

  test(`${name}: a session is found by its token, until it has another one or is over`, async () => {
    const account = await add();
    const session = sessionRecord({ accountId: account.id, factor: "missing", factorAt: null });
    await write(({ sessions }) => sessions.insert(session));
    const { id, accountId, seenAt, until } = session;
    const shown = { id, accountId, factor: "missing", factorAt: null, seenAt, until, language: "fr" };
    expect(await stores().session(session.tokenHash)).toEqual(shown);
    const renewed = {
      ...session,
      tokenHash: hashOf("renewed"),
      factor: "passed",
      factorAt: 7,
      until: 9,
    } as const;
    expect(await write(({ sessions }) => sessions.renew(renewed))).toBe(true);
    expect(await stores().session(session.tokenHash)).toBeNull();
    expect(await stores().session(renewed.tokenHash)).toMatchObject({
      factor: "passed",
      factorAt: 7,
      until: 9,
    });
    await write(({ sessions }) => sessions.seen(id, NOW + 5));
    expect(await read().sessions.find(id)).toEqual({ ...renewed, seenAt: NOW + 5 });
    expect(await write(({ sessions }) => sessions.end(accountRecord().id, id))).toBe(false);
    expect(await write(({ sessions }) => sessions.end(accountId, id))).toBe(true);
    expect(await write(({ sessions }) => sessions.renew(renewed))).toBe(false);
    expect(await read().sessions.find(id)).toBeNull();
  });

  test(`${name}: all sessions of one account end, but the one that is spared, and nobody else's`, async () => {
    const [account, other] = [await add(), await add()];
    const own = [1, 2, 3].map(() => sessionRecord({ accountId: account.id }));
    const foreign = sessionRecord({ accountId: other.id });
    for (const each of [...own, foreign]) await write(({ sessions }) => sessions.insert(each));
    expect(await read().sessions.of(account.id)).toEqual(own);
    expect(await write(({ sessions }) => sessions.endAll(account.id, own[1]!.id))).toBe(2);
    expect(await read().sessions.of(account.id)).toEqual([own[1]]);
    await write(({ sessions }) => sessions.sweep({ seenBefore: NOW - 1, now: NOW }));
    expect(await read().sessions.of(other.id)).toEqual([foreign]);
    await write(({ sessions }) => sessions.sweep({ seenBefore: NOW + 1, now: NOW }));
    expect(await read().sessions.of(other.id)).toEqual([]);
    await write(({ sessions }) => sessions.insert(foreign));
    await write(({ sessions }) => sessions.sweep({ seenBefore: 0, now: foreign.until }));
    expect(await read().sessions.of(other.id)).toEqual([]);
  });

  test(`${name}: tallies that many count at once lose nothing`, async () => {
    const key = `source:contract ${name}`;
    const count = () =>
      write(async ({ throttle }) => {
        const found = (await throttle.take([key, `${key} b`])).get(key) ?? NO_TALLY;
        await throttle.save(key, { ...found, failures: found.failures + 1, triedAt: NOW });
      });
    await Promise.all(Array.from({ length: 30 }, count));
    const tally = () => write(({ throttle }) => throttle.take([key])).then((all) => all.get(key));
    expect(await tally()).toEqual({ ...NO_TALLY, failures: 30, triedAt: NOW });
    await write(({ throttle }) => throttle.sweep("source", NOW));
    await write(({ throttle }) => throttle.sweep("address", NOW + 1));
    expect((await tally())?.failures).toBe(30);
    await write(({ throttle }) => throttle.sweep("source", NOW + 1));
    expect((await tally())?.failures ?? 0).toBe(0);
    await write(({ throttle }) => throttle.save(key, { ...NO_TALLY, failures: 2 }));
    await write(({ throttle }) => throttle.drop([key]));
    expect((await tally())?.failures ?? 0).toBe(0);
  });
}
