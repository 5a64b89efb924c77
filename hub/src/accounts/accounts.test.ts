import { EmailAddress, type AccountChange } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { auditBreaks } from "../audit/chain.ts";
import { IDLE_MS, LONGEST_SESSION_MS, MAIL_CODE_MS, REGISTRATION_MS, RESET_MS } from "./times.ts";
import { accountBed, HOME, PASSWORD, type AccountBed, type TestPerson } from "./testing/bed.ts";

const OTHER = "another ladder fog 8";
const AWAY = { source: "198.51.100.7", browser: "Safari" };

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: AccountBed;
  let people = 0;
  const newEmail = () => `ada${++people}@example.com`;

  describe.skipIf(!runs)("accounts", () => {
    beforeAll(async () => {
      opened = await open();
      bed = accountBed(opened.store, `accounts ${name}`);
    });
    afterAll(() => opened.drop());

    const signIn = (email: string, password = PASSWORD, place = HOME) =>
      bed.accounts.signIn({ email: EmailAddress.parse(email), password }, place);
    const signedIn = async (person: TestPerson, place = HOME) => {
      await bed.clock.advance(30_000);
      const { session } = await signIn(person.email, PASSWORD, place);
      return bed.accounts.passFactor(session.id, person.code());
    };
    const subjects = async (email: string) => (await bed.mailsTo(email)).map(({ mail }) => mail.kind);
    const actions = async ({ id }: Pick<TestPerson, "id">) =>
      (await bed.trail(id)).map(({ action }) => action);
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error: { code: string }) => error.code,
      );

    test("R-007: there is no account before the address is proved, and one afterwards", async () => {
      const email = newEmail();
      const wish = { email: EmailAddress.parse(` ${email.toUpperCase()} `), password: PASSWORD, name: "Ada" };
      await bed.accounts.register({ ...wish, language: "fr", timeZone: "Europe/Paris" }, HOME);
      expect(await bed.store.read.accounts.byEmail(EmailAddress.parse(email))).toBeNull();
      expect(await codeOf(signIn(email))).toBe("SIGN_IN_REFUSED");
      const token = await bed.tokenTo(email);
      const { account, session } = await bed.accounts.verifyRegistration({ token, password: PASSWORD }, HOME);
      expect(account).toMatchObject({ email, language: "fr", timeZone: "Europe/Paris", theme: "system" });
      expect([session.factor, account.factorMethod]).toEqual(["not_set_up", null]);
      expect(await codeOf(bed.accounts.verifyRegistration({ token, password: PASSWORD }, HOME))).toBe(
        "TOKEN_INVALID",
      );
    });

    test("R-007: a link is worth nothing without the password, after a day, or once the address is taken", async () => {
      const email = newEmail();
      const wish = {
        email: EmailAddress.parse(email),
        name: "Eve",
        language: "en",
        timeZone: "UTC",
      } as const;
      const verify = (token: string, password: string) =>
        codeOf(bed.accounts.verifyRegistration({ token, password }, HOME));
      await bed.accounts.register({ ...wish, password: OTHER }, HOME);
      const eves = await bed.tokenTo(email);
      expect(await verify(eves, PASSWORD)).toBe("SIGN_IN_REFUSED");
      await bed.accounts.register({ ...wish, password: PASSWORD }, HOME);
      expect(await verify(await bed.tokenTo(email), PASSWORD)).toBe("done");
      expect(await verify(eves, OTHER)).toBe("TOKEN_INVALID");
      const late = newEmail();
      await bed.accounts.register({ ...wish, email: EmailAddress.parse(late), password: OTHER }, HOME);
      const lateToken = await bed.tokenTo(late);
      await bed.clock.advance(REGISTRATION_MS);
      expect(await verify(lateToken, OTHER)).toBe("TOKEN_INVALID");
      expect(await verify("x".repeat(43), OTHER)).toBe("TOKEN_INVALID");
    });

    test("R-007: whether an address is known, only its owner is told", async () => {
      const person = await bed.person(newEmail());
      const wish = { password: OTHER, name: "Eve", language: "en", timeZone: "UTC" } as const;
      const answers = [];
      for (const email of [person.email, EmailAddress.parse(newEmail())]) {
        answers.push(await bed.accounts.register({ ...wish, email }, AWAY));
      }
      expect(answers).toEqual([undefined, undefined]);
      expect((await subjects(person.email))[0]).toBe("address_known");
      expect(await codeOf(signIn(person.email, OTHER))).toBe("SIGN_IN_REFUSED");
      const kinds = await subjects(person.email);
      for (let n = 0; n < 6; n++) await bed.accounts.register({ ...wish, email: person.email }, AWAY);
      expect((await subjects(person.email)).length - kinds.length).toBeLessThanOrEqual(2);
    });

    test("B1-S1: a password that is weak, breached or names its owner is refused at every door", async () => {
      const person = await bed.person(newEmail());
      const wish = {
        email: EmailAddress.parse(newEmail()),
        name: "A",
        language: "en",
        timeZone: "UTC",
      } as const;
      const register = (password: string) => codeOf(bed.accounts.register({ ...wish, password }, HOME));
      expect(await register("short")).toBe("PASSWORD_WEAK");
      expect(await register("Password2024!")).toBe("PASSWORD_BREACHED");
      const change = (password: string) =>
        codeOf(bed.accounts.changePassword(person.opened.session.id, { current: PASSWORD, password }));
      expect(await change(`${person.email} 99`)).toBe("PASSWORD_WEAK");
      await bed.accounts.askForPassword(person.email, HOME);
      const token = await bed.tokenTo(person.email);
      expect(await codeOf(bed.accounts.resetPassword({ token, password: "qwertyuiop123" }))).toBe(
        "PASSWORD_BREACHED",
      );
      expect(await codeOf(bed.accounts.resetPassword({ token, password: OTHER }))).toBe("done");
    });

    test("R-008 R-010: an authenticator counts after one valid code, and recovery codes are shown once", async () => {
      const { session, account, token } = await bed.registered(newEmail());
      const setup = await bed.accounts.chooseFactor(session.id, "totp");
      expect(setup.url).toContain(setup.secret);
      expect(await codeOf(bed.accounts.confirmFactor(session.id, "000000"))).toBe("CODE_INVALID");
      expect((await bed.accounts.account(account.id)).factorMethod).toBeNull();
      const person = await bed.person(newEmail());
      expect(person.opened.session.factor).toBe("passed");
      expect(person.opened.token).not.toBe(token);
      expect(person.recoveryCodes).toHaveLength(10);
      expect(await bed.accounts.account(person.id)).toMatchObject({
        factorMethod: "totp",
        recoveryCodesLeft: 10,
      });
    });

    test("R-008 R-010: codes by mail are set up with one code, and asked for at the next sign-in", async () => {
      const email = newEmail();
      const { session } = await bed.registered(email);
      expect(await bed.accounts.chooseFactor(session.id, "email")).toEqual({
        ...{ method: "email", secret: null, url: null },
      });
      const { set, opened } = await bed.accounts.confirmFactor(session.id, await bed.codeTo(email));
      expect([set.method, set.recoveryCodes?.length, opened.session.factor]).toEqual(["email", 10, "passed"]);
      const again = await signIn(email);
      const passed = await bed.accounts.passFactor(again.session.id, await bed.codeTo(email));
      expect(passed.session.factor).toBe("passed");
    });

    test("R-009 A-23: a right password alone gives a session that is good for nothing but the second factor", async () => {
      const person = await bed.person(newEmail());
      const { session, token } = await signIn(person.email);
      expect(await bed.standing(token)).toMatchObject({ factor: "missing", factorAt: null });
      const acts = [
        () => bed.accounts.chooseFactor(session.id, "email"),
        () => bed.accounts.renewRecoveryCodes(session.id),
        () => bed.accounts.changePassword(session.id, { current: PASSWORD, password: OTHER }),
        () => bed.accounts.askForEmail(session.id, EmailAddress.parse(newEmail())),
      ];
      for (const act of acts) expect(await codeOf(act())).toBe("MFA_REQUIRED");
    });

    test("A-22: a session ends after 30 minutes of silence, after 12 hours, and by signing out", async () => {
      const person = await bed.person(newEmail());
      const one = await signedIn(person);
      await bed.clock.advance(IDLE_MS - 1);
      expect(await bed.standing(one.token)).toMatchObject({ factor: "passed", accountId: person.id });
      await bed.clock.advance(IDLE_MS);
      expect(await bed.standing(one.token)).toBeNull();
      const two = await signedIn(person);
      for (let passed = 0; passed < LONGEST_SESSION_MS - IDLE_MS / 2; passed += IDLE_MS / 2) {
        expect(await bed.standing(two.token)).not.toBeNull();
        await bed.clock.advance(IDLE_MS / 2);
      }
      await bed.clock.advance(IDLE_MS / 2);
      expect(await bed.standing(two.token)).toBeNull();
      const three = await signedIn(person);
      await bed.accounts.signOut(three.session.id);
      expect(await bed.standing(three.token)).toBeNull();
      expect(await bed.standing("nonsense")).toBeNull();
    });

    test("B1-S5: the token is another one after each proof, and the one before is worth nothing", async () => {
      const person = await bed.person(newEmail());
      const first = await signIn(person.email);
      const second = await bed.accounts.passFactor(first.session.id, person.code());
      await bed.clock.advance(30_000);
      const third = await bed.accounts.passFactor(first.session.id, person.code());
      const tokens = [first, second, third].map(({ token }) => token);
      expect(new Set(tokens).size).toBe(3);
      expect([await bed.standing(tokens[0]!), await bed.standing(tokens[1]!)]).toEqual([null, null]);
      expect(await bed.standing(tokens[2]!)).toMatchObject({ factorAt: bed.clock.wall() });
      expect(third.until).toBe(second.until);
    });

    test("B1-S5: a change of the password ends all other sessions at once", async () => {
      const person = await bed.person(newEmail());
      const [here, there] = [await signedIn(person), await signedIn(person, AWAY)];
      const change = { current: PASSWORD, password: OTHER };
      const renewed = await bed.accounts.changePassword(here.session.id, change);
      const standings = await Promise.all([here, there, renewed].map(({ token }) => bed.standing(token)));
      expect(standings.map((standing) => standing?.factor ?? null)).toEqual([null, null, "passed"]);
      expect(await codeOf(signIn(person.email))).toBe("SIGN_IN_REFUSED");
      expect((await signIn(person.email, OTHER)).session.factor).toBe("missing");
      expect(await subjects(person.email)).toContain("password_changed");
      const wrong = { current: PASSWORD, password: "third ladder fog 9" };
      expect(await codeOf(bed.accounts.changePassword(here.session.id, wrong))).toBe("SIGN_IN_REFUSED");
    });

    test("B1-S3: a code counts once, also of two that come at the same moment", async () => {
      const person = await bed.person(newEmail());
      for (let round = 0; round < 20; round++) {
        const both = [await signIn(person.email), await signIn(person.email)];
        const code = person.code();
        const outcomes = await Promise.all(
          both.map(({ session }) => codeOf(bed.accounts.passFactor(session.id, code))),
        );
        expect(outcomes.sort()).toEqual(["CODE_INVALID", "done"]);
        await bed.clock.advance(30_000);
      }
    });

    test("B1-S3: five codes in five minutes, then none until they are over, the right one neither", async () => {
      const person = await bed.person(newEmail());
      const { session } = await signIn(person.email);
      const pass = (code: string) => codeOf(bed.accounts.passFactor(session.id, code));
      for (let n = 0; n < 5; n++) expect(await pass("000000")).toBe("CODE_INVALID");
      expect(await pass(person.code())).toBe("TOO_MANY_REQUESTS");
      const other = await signIn(person.email);
      expect(await codeOf(bed.accounts.passFactor(other.session.id, person.code()))).toBe(
        "TOO_MANY_REQUESTS",
      );
      await bed.clock.advance(300_000);
      expect(await pass(person.code())).toBe("done");
    });

    test("a code by mail ends after ten minutes, after five tries and with the next one", async () => {
      const email = newEmail();
      const { session } = await bed.registered(email);
      await bed.accounts.chooseFactor(session.id, "email");
      await bed.accounts.confirmFactor(session.id, await bed.codeTo(email));
      const begin = await signIn(email);
      const pass = (code: string) => codeOf(bed.accounts.passFactor(begin.session.id, code));
      const first = await bed.codeTo(email);
      await bed.accounts.sendCode(begin.session.id);
      const second = await bed.codeTo(email);
      if (first !== second) expect(await pass(first)).toBe("CODE_INVALID");
      await bed.clock.advance(MAIL_CODE_MS);
      expect(await pass(second)).toBe("CODE_INVALID");
      await bed.accounts.sendCode(begin.session.id);
      const foreign = await signIn(email);
      const third = await bed.codeTo(email);
      expect(await pass(third)).toBe("CODE_INVALID");
      expect(
        await codeOf(bed.accounts.passFactor(foreign.session.id, ` ${third.slice(0, 3)} ${third.slice(3)}`)),
      ).toBe("done");
    });

    test("codes by mail are not sent without end", async () => {
      const email = newEmail();
      const { session } = await bed.registered(email);
      const sent = [];
      for (let n = 0; n < 8; n++) sent.push(await codeOf(bed.accounts.chooseFactor(session.id, "email")));
      expect(sent).toEqual([...Array<string>(6).fill("done"), "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"]);
    });

    test("A-51: a recovery code opens the account once, and its owner is told", async () => {
      const person = await bed.person(newEmail());
      const typed = person.recoveryCodes[3]!.toLowerCase().replaceAll("-", " ");
      const { session } = await signIn(person.email);
      expect((await bed.accounts.passFactor(session.id, typed)).session.factor).toBe("passed");
      expect(await bed.accounts.account(person.id)).toMatchObject({ recoveryCodesLeft: 9 });
      expect((await subjects(person.email))[0]).toBe("recovery_code_used");
      const again = await signIn(person.email);
      expect(await codeOf(bed.accounts.passFactor(again.session.id, typed))).toBe("CODE_INVALID");
      const renewed = await bed.accounts.renewRecoveryCodes(session.id);
      expect(renewed).toHaveLength(10);
      expect(await codeOf(bed.accounts.passFactor(again.session.id, person.recoveryCodes[4]!))).toBe(
        "CODE_INVALID",
      );
      expect(await codeOf(bed.accounts.passFactor(again.session.id, renewed[0]!))).toBe("done");
    });

    test("A-51: after a reset by somebody who may, a code by mail and a new factor are asked for", async () => {
      const person = await bed.person(newEmail());
      await bed.acts.resetFactor(person.email, "phone lost, passport seen");
      expect(await bed.standing(person.opened.token)).toBeNull();
      const { session } = await signIn(person.email);
      expect(await codeOf(bed.accounts.passFactor(session.id, person.code()))).toBe("CODE_INVALID");
      expect(await codeOf(bed.accounts.passFactor(session.id, person.recoveryCodes[0]!))).toBe(
        "CODE_INVALID",
      );
      const proved = await bed.accounts.passFactor(session.id, await bed.codeTo(person.email));
      expect(proved.session.factor).toBe("not_set_up");
      const { secret } = await bed.accounts.chooseFactor(session.id, "totp");
      expect(secret).not.toBeNull();
      const last = (await bed.trail(person.id)).findLast(({ action }) => action === "account.factor_reset");
      expect(last).toMatchObject({ actor: "operator", after: { reason: "phone lost, passport seen" } });
      expect(await codeOf(bed.acts.resetFactor(EmailAddress.parse("no@example.com"), "x"))).toBe("NOT_FOUND");
    });

    test("R-008: the method is changed after a fresh proof, the old one works until the new one is proved", async () => {
      const person = await bed.person(newEmail());
      const { id } = person.opened.session;
      const elsewhere = await signedIn(person, AWAY);
      await bed.clock.advance(5 * 60_000 + 1);
      expect(await codeOf(bed.accounts.chooseFactor(id, "email"))).toBe("STEP_UP_REQUIRED");
      await bed.accounts.passFactor(id, person.code());
      await bed.accounts.chooseFactor(id, "email");
      expect((await bed.accounts.account(person.id)).factorMethod).toBe("totp");
      const { set } = await bed.accounts.confirmFactor(id, await bed.codeTo(person.email));
      expect(set).toEqual({ method: "email", recoveryCodes: null });
      expect(await bed.standing(elsewhere.token)).toBeNull();
      expect((await subjects(person.email))[0]).toBe("factor_changed");
    });

    test("a forgotten password is renewed by mail, without a way round the second factor", async () => {
      const person = await bed.person(newEmail());
      await bed.accounts.askForPassword(EmailAddress.parse("nobody@example.com"), HOME);
      expect(await bed.mailsTo("nobody@example.com")).toEqual([]);
      await bed.accounts.askForPassword(person.email, HOME);
      const old = await bed.tokenTo(person.email);
      await bed.accounts.askForPassword(person.email, HOME);
      const token = await bed.tokenTo(person.email);
      const reset = (given: string) => codeOf(bed.accounts.resetPassword({ token: given, password: OTHER }));
      expect(await reset(old)).toBe("TOKEN_INVALID");
      expect((await Promise.all([reset(token), reset(token)])).sort()).toEqual(["TOKEN_INVALID", "done"]);
      expect(await bed.standing(person.opened.token)).toBeNull();
      const { session } = await signIn(person.email, OTHER);
      expect(session.factor).toBe("missing");
      await bed.clock.advance(3_600_000);
      await bed.accounts.askForPassword(person.email, HOME);
      const late = await bed.tokenTo(person.email);
      await bed.clock.advance(RESET_MS);
      expect(await reset(late)).toBe("TOKEN_INVALID");
    });

    test("A-38: a new address counts when it was proved, and the old one is told", async () => {
      const person = await bed.person(newEmail());
      const other = await bed.person(newEmail());
      const next = EmailAddress.parse(newEmail());
      const { session } = await signedIn(person);
      await bed.accounts.askForEmail(session.id, next);
      expect((await bed.accounts.account(person.id)).email).toBe(person.email);
      expect((await subjects(person.email))[0]).toBe("email_change_asked");
      const token = await bed.tokenTo(next);
      expect(await codeOf(bed.accounts.changeEmail(other.id, token))).toBe("TOKEN_INVALID");
      await bed.accounts.askForEmail(session.id, next);
      expect((await bed.accounts.changeEmail(person.id, await bed.tokenTo(next))).email).toBe(next);
      expect((await subjects(person.email))[0]).toBe("email_changed");
      expect(await codeOf(signIn(person.email))).toBe("SIGN_IN_REFUSED");
      expect((await signIn(next)).session.factor).toBe("missing");
    });

    test("an address that belongs to somebody is not taken over, and nobody learns that it does", async () => {
      const [person, other] = [await bed.person(newEmail()), await bed.person(newEmail())];
      const { session } = await signedIn(person);
      expect(await codeOf(bed.accounts.askForEmail(session.id, other.email))).toBe("done");
      expect((await subjects(other.email))[0]).toBe("address_known");
      const free = EmailAddress.parse(newEmail());
      await bed.accounts.askForEmail(session.id, free);
      const token = await bed.tokenTo(free);
      await bed.person(free);
      expect(await codeOf(bed.accounts.changeEmail(person.id, token))).toBe("TOKEN_INVALID");
    });

    test("people change name, language, time zone and theme, and nothing else with it", async () => {
      const person = await bed.person(newEmail());
      const change: AccountChange = { name: "Grace", language: "fr", timeZone: "Asia/Tokyo", theme: "dark" };
      const before = await bed.accounts.account(person.id);
      expect(await bed.accounts.editAccount(person.id, change)).toEqual({ ...before, ...change });
      expect(await bed.accounts.account(person.id)).toEqual({ ...before, ...change });
      const entries = (await bed.trail(person.id)).length;
      await bed.accounts.editAccount(person.id, change);
      await bed.accounts.editAccount(person.id, {});
      expect(await bed.trail(person.id)).toHaveLength(entries);
    });

    test("A-48: sessions are listed and ended one by one or all but this, and never somebody else's", async () => {
      const [person, other] = [await bed.person(newEmail()), await bed.person(newEmail())];
      const [here, there] = [await signedIn(person), await signedIn(person, AWAY)];
      const { items: listed } = await bed.accounts.sessions(person.id, here.session.id, { limit: 10 });
      expect(listed.map(({ current, source, browser }) => [current, source, browser])).toEqual([
        [false, HOME.source, HOME.browser],
        [true, HOME.source, HOME.browser],
        [false, AWAY.source, AWAY.browser],
      ]);
      const end = (id = there.session.id) => codeOf(bed.accounts.endSession(other.id, id));
      expect(await end()).toBe("NOT_FOUND");
      await bed.accounts.endSession(person.id, there.session.id);
      expect(await bed.standing(there.token)).toBeNull();
      expect(await codeOf(bed.accounts.endSession(person.id, there.session.id))).toBe("NOT_FOUND");
      expect(await bed.accounts.endOtherSessions(person.id, here.session.id)).toBe(1);
      expect(await bed.standing(here.token)).not.toBeNull();
      expect(await bed.standing(person.opened.token)).toBeNull();
      expect(await bed.accounts.endOtherSessions(person.id, here.session.id)).toBe(0);
    });

    test("a sign-in from a place that is not known is told by mail, one from a known place is not", async () => {
      const person = await bed.person(newEmail());
      await signedIn(person);
      const before = (await subjects(person.email)).length;
      await signedIn(person, AWAY);
      await signedIn(person, AWAY);
      expect((await subjects(person.email)).slice(0, 2)).toContain("new_sign_in");
      expect(await subjects(person.email)).toHaveLength(before + 1);
    });

    test("every change leaves exactly one entry in the account's own chain, and no secret", async () => {
      const person = await bed.person(newEmail());
      const { session } = await signedIn(person);
      const next = EmailAddress.parse(newEmail());
      const steps: [string, () => Promise<unknown>][] = [
        ["account.edited", () => bed.accounts.editAccount(person.id, { theme: "dark" })],
        ["account.recovery_codes_renewed", () => bed.accounts.renewRecoveryCodes(session.id)],
        [
          "account.password_changed",
          () => bed.accounts.changePassword(session.id, { current: PASSWORD, password: OTHER }),
        ],
        ["", () => bed.accounts.askForEmail(session.id, next)],
        ["account.email_changed", async () => bed.accounts.changeEmail(person.id, await bed.tokenTo(next))],
        ["", () => bed.accounts.chooseFactor(session.id, "email")],
        ["account.factor_set", async () => bed.accounts.confirmFactor(session.id, await bed.codeTo(next))],
        ["", () => bed.accounts.askForPassword(next, HOME)],
        [
          "account.password_reset",
          async () => bed.accounts.resetPassword({ token: await bed.tokenTo(next), password: PASSWORD }),
        ],
        ["", () => codeOf(signIn(next, "wrong password 1"))],
        ["", () => signIn(next)],
        ["account.factor_reset", () => bed.acts.resetFactor(next, "lost")],
      ];
      const expected = await actions(person);
      expect(expected.filter((action) => action === "session.opened")).toHaveLength(1);
      for (const [action, act] of steps) {
        await act();
        if (action) expected.push(action);
        expect(await actions(person)).toEqual(expected);
      }
      const entries = await bed.trail(person.id);
      expect(auditBreaks(entries)).toEqual([]);
      const text = JSON.stringify(entries);
      const secrets = [PASSWORD, OTHER, session.tokenHash, ...person.recoveryCodes];
      for (const secret of secrets) expect(text).not.toContain(secret);
    });

    test("the operator makes the first account, ready to sign in, and no second one with its address", async () => {
      const email = EmailAddress.parse(newEmail());
      const wish = { email, name: "Op", password: OTHER, language: "en", timeZone: "UTC" } as const;
      const made = await bed.acts.createAccount(wish);
      expect(made.recoveryCodes).toHaveLength(10);
      expect(made.url).toContain(made.secret);
      const { session } = await signIn(email, OTHER);
      expect((await bed.accounts.passFactor(session.id, made.recoveryCodes[0]!)).session.factor).toBe(
        "passed",
      );
      expect(await codeOf(bed.acts.createAccount(wish))).toBe("ACCOUNT_KNOWN");
      expect(await codeOf(bed.acts.createAccount({ ...wish, password: "short" }))).toBe("PASSWORD_WEAK");
      const { items } = await bed.acts.accounts({ limit: 500 });
      expect(items.filter((item) => item.email === email)).toEqual([
        {
          id: made.id,
          email,
          name: "Op",
          factorMethod: "totp",
          createdAt: bed.clock.wall(),
          signedInAt: bed.clock.wall(),
        },
      ]);
    });
  });
});
