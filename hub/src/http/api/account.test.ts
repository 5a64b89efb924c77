import { readMail } from "../../mail/post.ts";
import { codeAt, stepAt } from "../../accounts/totp.ts";
import type { Account, FactorSet, FactorSetup, SignedIn } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserOf, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { SESSION_COOKIE } from "./credentials.ts";
import { API_PREFIX } from "./routes/index.ts";

const PASSWORD = "tulip ladder fog 7";
const OTHER = "another ladder fog 8";

let bed: ApiBed;
beforeAll(async () => {
  bed = await openApiBed();
});
afterAll(() => bed.close());

/** A browser: keeps the cookie that it is given, and sends what our page would send. */
function browser() {
  let token: string | null = null;
  return {
    token: () => token,
    forget: () => void (token = null),
    async ask(method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object): Promise<Response> {
      const headers = { "user-agent": "Firefox", ...(token === null ? {} : browserOf(token)) };
      const answer = await bed.app.inject({
        ...{ method, url: `${API_PREFIX}${url}`, headers },
        ...(payload && { payload }),
      });
      const cookie = answer.cookies.find(({ name }) => name === SESSION_COOKIE);
      if (cookie) {
        expect(cookie).toMatchObject({ path: "/", httpOnly: true, secure: true, sameSite: "Strict" });
        token = cookie.value || null;
      }
      return answer;
    },
  };
}

async function mailTo(email: string): Promise<string> {
  const [mail] = await bed.hub.store.read.mails.page({ to: email }, { limit: 1 });
  return (mail && readMail(mail, bed.hub.ports.sealing)?.text) ?? "";
}
const tokenTo = async (email: string) => /#([\w-]{43})$/m.exec(await mailTo(email))?.[1] ?? "";
const codeTo = async (email: string) => /^(\d{6})$/m.exec(await mailTo(email))?.[1] ?? "";
const codeOf = (answer: Response) => [answer.statusCode, answer.json<{ code?: string }>().code];

let people = 0;
const newEmail = () => `ada${++people}@example.com`;

async function registered(email: string) {
  const page = browser();
  const wish = { email, password: PASSWORD, name: "Ada", language: "fr", timeZone: "Europe/Paris" };
  expect((await page.ask("POST", "/registrations", wish)).statusCode).toBe(202);
  const proof = { token: await tokenTo(email), password: PASSWORD };
  expect((await page.ask("POST", "/registrations/verify", proof)).statusCode).toBe(201);
  return page;
}

async function person(email = newEmail()) {
  const page = await registered(email);
  const setup = (await page.ask("POST", "/account/factor", { method: "totp" })).json<FactorSetup>();
  const code = () => codeAt(setup.secret ?? "", stepAt(bed.hub.clock.wall()));
  const answer = await page.ask("POST", "/account/factor/confirm", { code: code() });
  const set = answer.json<FactorSet & { session: SignedIn }>();
  await bed.hub.clock.advance(30_000);
  return { email, page, code, setup, set };
}

test("R-007 R-008 R-010: from the first form to an open session with an authenticator", async () => {
  const { email, page, setup, set } = await person();
  expect(setup.url).toMatch(/^otpauth:\/\/totp\/Fyr:/);
  const svg = Buffer.from(setup.qrCode?.split(",")[1] ?? "", "base64").toString();
  expect([setup.qrCode?.split(",")[0], svg.slice(0, 4)]).toEqual(["data:image/svg+xml;base64", "<svg"]);
  expect(set.recoveryCodes).toHaveLength(10);
  expect(set.session).toMatchObject({ factor: "passed", codeBy: null, account: { email, language: "fr" } });
  const { sessionId, csrfToken } = (await page.ask("GET", "/session")).json<SignedIn>();
  expect([sessionId, csrfToken]).toEqual([set.session.sessionId, set.session.csrfToken]);
  expect((await page.ask("GET", "/account")).json<Account>()).toEqual(set.session.account);
});

test("R-007: the answer to a registration is the same for every address", async () => {
  const { email } = await person();
  const answers = [];
  for (const address of [email, newEmail()]) {
    const wish = { email: address, password: OTHER, name: "Eve" };
    const { statusCode, body } = await browser().ask("POST", "/registrations", wish);
    answers.push([statusCode, body]);
  }
  expect(answers[0]).toEqual(answers[1]);
});

test("R-009 A-22 A-23: password first, code second; between them nothing is open and nobody is named", async () => {
  const { email, code } = await person();
  const page = browser();
  expect(codeOf(await page.ask("GET", "/account"))).toEqual([401, "UNAUTHENTICATED"]);
  const first = await page.ask("POST", "/session", { email: ` ${email.toUpperCase()}`, password: PASSWORD });
  expect(first.json<SignedIn>()).toMatchObject({ factor: "missing", codeBy: "totp", account: null });
  const before = page.token();
  expect(codeOf(await page.ask("GET", "/account"))).toEqual([403, "MFA_REQUIRED"]);
  expect(codeOf(await page.ask("GET", "/orgs"))).toEqual([403, "MFA_REQUIRED"]);
  expect(codeOf(await page.ask("POST", "/orgs", { name: "Acme" }))).toEqual([403, "MFA_REQUIRED"]);
  expect(codeOf(await page.ask("POST", "/session/factor", { code: "000000" }))).toEqual([
    422,
    "CODE_INVALID",
  ]);
  const passed = await page.ask("POST", "/session/factor", { code: code() });
  expect(passed.json<SignedIn>()).toMatchObject({ factor: "passed", account: { email } });
  expect(page.token()).not.toBe(before);
  expect((await page.ask("GET", "/account")).statusCode).toBe(200);
  const old = { ...browserOf(before ?? "") };
  expect((await bed.app.inject({ url: `${API_PREFIX}/session`, headers: old })).statusCode).toBe(401);
});

test("R-011: an account without an organisation makes one, and owns it", async () => {
  const { page } = await person();
  const made = await page.ask("POST", "/orgs", { name: "Harbour" });
  expect(made.statusCode).toBe(201);
  expect((await page.ask("GET", "/orgs")).json<{ items: object[] }>().items).toHaveLength(1);
});

test("B4-S1: what is dangerous wants a code of the last five minutes", async () => {
  const { page, code } = await person();
  await bed.hub.clock.advance(5 * 60_000);
  const dangerous: [string, object | undefined][] = [
    ["/account/password", { current: PASSWORD, password: OTHER }],
    ["/account/email", { email: newEmail() }],
    ["/account/factor", { method: "email" }],
    ["/account/recovery-codes", undefined],
  ];
  for (const [url, body] of dangerous) {
    expect(codeOf(await page.ask("POST", url, body))).toEqual([403, "STEP_UP_REQUIRED"]);
  }
  const before = page.token();
  expect((await page.ask("POST", "/session/step-up", { code: code() })).statusCode).toBe(200);
  expect(page.token()).not.toBe(before);
  expect((await page.ask("POST", "/account/recovery-codes")).json<{ codes: string[] }>().codes).toHaveLength(
    10,
  );
  const changed = await page.ask("POST", "/account/password", { current: PASSWORD, password: OTHER });
  expect(changed.json<SignedIn>().factor).toBe("passed");
});

test("codes by mail: chosen, proved, mailed at the next sign-in and once more when asked", async () => {
  const email = newEmail();
  const page = await registered(email);
  const setup = await page.ask("POST", "/account/factor", { method: "email" });
  expect(setup.json()).toEqual({ method: "email", secret: null, url: null, qrCode: null });
  const confirmed = await page.ask("POST", "/account/factor/confirm", { code: await codeTo(email) });
  expect(confirmed.statusCode).toBe(200);
  const other = browser();
  const begun = await other.ask("POST", "/session", { email, password: PASSWORD });
  expect(begun.json<SignedIn>()).toMatchObject({ factor: "missing", codeBy: "email" });
  const first = await codeTo(email);
  expect((await other.ask("POST", "/session/factor/code")).statusCode).toBe(202);
  const second = await codeTo(email);
  expect(second === first).toBe(false);
  expect((await other.ask("POST", "/session/factor", { code: second })).statusCode).toBe(200);
});

test("one's own account is edited field by field, and nothing else with it", async () => {
  const { page, email } = await person();
  const before = (await page.ask("GET", "/account")).json<Account>();
  const edited = await page.ask("PATCH", "/account", { theme: "dark", timeZone: "Asia/Tokyo" });
  expect(edited.json<Account>()).toEqual({ ...before, theme: "dark", timeZone: "Asia/Tokyo" });
  for (const body of [
    { email: "x@example.com" },
    { id: before.id },
    { timeZone: "Mars/Base" },
    { name: "" },
  ]) {
    expect(codeOf(await page.ask("PATCH", "/account", body))).toEqual([400, "MESSAGE_INVALID"]);
  }
  expect((await page.ask("GET", "/account")).json<Account>().email).toBe(email);
});

test("a new address is proved from the same account", async () => {
  const { page } = await person();
  const next = newEmail();
  expect((await page.ask("POST", "/account/email", { email: next })).statusCode).toBe(202);
  const token = await tokenTo(next);
  const { page: other } = await person();
  expect(codeOf(await other.ask("POST", "/account/email/verify", { token }))).toEqual([410, "TOKEN_INVALID"]);
  await page.ask("POST", "/account/email", { email: next });
  const proved = await page.ask("POST", "/account/email/verify", { token: await tokenTo(next) });
  expect(proved.json<Account>().email).toBe(next);
});

test("B1-S5: sessions are listed, ended and signed out; what is ended is refused at the next request", async () => {
  const { page, email, code } = await person();
  const other = browser();
  await other.ask("POST", "/session", { email, password: PASSWORD });
  await other.ask("POST", "/session/factor", { code: code() });
  const listed = (await page.ask("GET", "/account/sessions")).json<{
    items: { id: string; current: boolean }[];
  }>();
  expect(listed.items.map(({ current }) => current)).toEqual([true, false]);
  const { page: stranger } = await person();
  const url = `/account/sessions/${listed.items[1]?.id}`;
  expect(codeOf(await stranger.ask("DELETE", url))).toEqual([404, "NOT_FOUND"]);
  expect((await page.ask("DELETE", url)).statusCode).toBe(204);
  expect((await other.ask("GET", "/account")).statusCode).toBe(401);
  expect((await page.ask("DELETE", "/account/sessions")).statusCode).toBe(204);
  const token = page.token() ?? "";
  expect((await page.ask("DELETE", "/session")).statusCode).toBe(204);
  expect(page.token()).toBeNull();
  const old = await bed.app.inject({ url: `${API_PREFIX}/account`, headers: browserOf(token) });
  expect(old.statusCode).toBe(401);
});

test("a forgotten password: the same answer for every address, a link, and no session by it", async () => {
  const { email, code } = await person();
  const ask = (address: string) => browser().ask("POST", "/account/password-reset", { email: address });
  const [known, unknown] = [await ask(email), await ask(newEmail())];
  expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body]);
  const page = browser();
  const reset = { token: await tokenTo(email), password: OTHER };
  expect((await page.ask("POST", "/account/password-reset/finish", reset)).statusCode).toBe(204);
  expect(page.token()).toBeNull();
  expect(codeOf(await page.ask("POST", "/account/password-reset/finish", reset))).toEqual([
    410,
    "TOKEN_INVALID",
  ]);
  const refused = await page.ask("POST", "/session", { email, password: PASSWORD });
  expect(codeOf(refused)).toEqual([401, "SIGN_IN_REFUSED"]);
  await page.ask("POST", "/session", { email, password: OTHER });
  expect((await page.ask("POST", "/session/factor", { code: code() })).statusCode).toBe(200);
});

test("whoever must wait is told for how long", async () => {
  const page = browser();
  const guess = () => page.ask("POST", "/session", { email: newEmail(), password: "wrong wrong" });
  let answer = await guess();
  for (let n = 0; n < 10 && answer.statusCode !== 429; n++) answer = await guess();
  expect(codeOf(answer)).toEqual([429, "TOO_MANY_REQUESTS"]);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
});
