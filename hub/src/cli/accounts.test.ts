import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccountId, EmailAddress } from "@fyr/protocol";
import { silentLog, systemClock, systemRandom, uuid7Ids } from "@fyr/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { argon2Hasher } from "../accounts/argon2.ts";
import { sealingWith } from "../accounts/sealing.ts";
import { accountServices } from "../accounts/service.ts";
import { codeAt, stepAt } from "../accounts/totp.ts";
import { chainOf } from "../accounts/trail.ts";
import { createPost } from "../mail/post.ts";
import { openStore } from "../store/store.ts";
import { killAll, run, startedHub } from "./testing/process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-accounts-"));
  await run(["init", "--data", folder]);
});
afterAll(async () => {
  killAll();
  await rm(folder, { recursive: true, force: true });
});

const hub = (...args: string[]) => run([...args, "--data", folder]);
interface Made {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly secret: string;
  readonly url: string;
  readonly recoveryCodes: readonly string[];
}
const made = async (email: string): Promise<Made> => {
  const { stdout } = await hub("admin", "account", "create", "--email", email, "--name", "Ada", "--json");
  return JSON.parse(stdout) as Made;
};

/** The services of the same folder, as the running hub has them. */
async function services() {
  const store = await openStore(`sqlite:${join(folder, "hub.db")}`, {
    log: silentLog,
    turn: () => Promise.resolve(),
  });
  const key = Buffer.from(await readFile(join(folder, "keys", "sealing.key"), "utf8"), "base64");
  const [clock, random] = [systemClock, systemRandom];
  const base = { clock, random, ids: uuid7Ids(clock, random), sealing: sealingWith(key, random) };
  const ports = {
    ...base,
    passwords: argon2Hasher,
    post: createPost(base),
    origin: () => "https://hub.test",
  };
  return { accounts: accountServices(ports, store), store };
}

test("the first account is made at the machine, shown once, and signs in with what was shown", async () => {
  const account = await made(" First@Example.com ");
  expect(account).toMatchObject({
    email: "first@example.com",
    password: expect.stringMatching(/^[a-z2-7-]{27}$/),
  });
  expect(account.recoveryCodes).toHaveLength(10);
  const { accounts, store } = await services();
  const email = EmailAddress.parse(account.email);
  const place = { source: "127.0.0.1", browser: "test" };
  const { session } = await accounts.signIn({ email, password: account.password }, place);
  const passed = await accounts.passFactor(session.id, codeAt(account.secret, stepAt(systemClock.wall())));
  expect(passed.session.factor).toBe("passed");
  await store.close();
  const again = await hub("admin", "account", "create", "--email", account.email, "--name", "Ada");
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("ACCOUNT_KNOWN")]);
  const listed = await hub("admin", "account", "list");
  expect(listed.stdout).toMatch(/^first@example\.com\tAda\ttotp\t/m);
  expect(listed.stdout).not.toContain(account.secret);
});

test("B5-I2: no secret of an account lies readable in the data folder", async () => {
  const account = await made("sealed@example.com");
  const files = ["hub.db", "hub.db-wal"].map((name) =>
    readFile(join(folder, name)).catch(() => Buffer.alloc(0)),
  );
  const bytes = Buffer.concat(await Promise.all(files));
  expect(bytes.includes("sealed@example.com")).toBe(true);
  for (const secret of [account.secret, account.password, ...account.recoveryCodes]) {
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(secret.replaceAll("-", ""))).toBe(false);
  }
});

test("A-51: a second factor is reset with a reason, and the mail about it waits in the outbox", async () => {
  const { email } = await made("lost@example.com");
  const bare = await hub("admin", "account", "reset-factor", "--email", email, "--reason", " ");
  expect(bare.stderr).toContain("MESSAGE_INVALID");
  const reset = await hub("admin", "account", "reset-factor", "--email", email, "--reason", "passport seen");
  expect(reset.stdout).toContain(email);
  expect((await hub("admin", "account", "list")).stdout).toMatch(/lost@example\.com\tAda\tno second factor/);
  const [mail] = JSON.parse((await hub("mail", "list", "--to", email, "--json")).stdout) as { id: string }[];
  expect(mail).toMatchObject({ kind: "factor_reset", state: "waiting", to: email });
  const shown = await hub("mail", "show", mail?.id ?? "");
  expect(shown.stdout).toContain("choose a new second factor");
  expect((await hub("mail", "list")).stdout).toContain(`waiting\t${email}\tYour second factor was reset`);
  expect((await hub("mail", "show", "absent")).stderr).toContain("NOT_FOUND");
  const unknown = await hub("admin", "account", "reset-factor", "--email", "no@example.com", "--reason", "x");
  expect(unknown.stderr).toContain("NOT_FOUND");
});

test("it works beside a running hub, over whose API the account then signs in", async () => {
  const running = await startedHub(folder, { HUB_MQTT: "false" });
  const { email, password, secret } = await made("beside@example.com");
  const ask = (path: string, body: object, headers = {}) =>
    fetch(`${running.ready.api}/api/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const first = await ask("/session", { email, password });
  expect(first.status).toBe(201);
  const { csrfToken } = (await first.json()) as { csrfToken: string };
  const cookie = first.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  const own = { cookie, origin: running.ready.api, "x-csrf-token": csrfToken };
  const code = codeAt(secret, stepAt(systemClock.wall()));
  expect((await ask("/session/factor", { code }, own)).status).toBe(200);
  running.process.kill("SIGTERM");
  await running.ended;
  const said = running.said.stdout + running.said.stderr;
  for (const hidden of [password, secret, code, cookie.split("=")[1] ?? "x"])
    expect(said).not.toContain(hidden);
});

test("a folder without a hub has no accounts", async () => {
  const empty = await mkdtemp(join(tmpdir(), "fyr-empty-"));
  const listed = await run(["admin", "account", "list", "--data", empty]);
  expect(listed.stderr).toContain("HUB_NOT_INITIALISED");
  expect((await run(["mail", "list", "--data", empty])).stderr).toContain("HUB_NOT_INITIALISED");
  await rm(empty, { recursive: true });
});

test("A-55: an account is suspended and restored at the machine, for a reason that stands in its chain", async () => {
  const { email, password, id } = await made("leaver@example.com");
  const act = (name: string, ...more: string[]) => hub("admin", "account", name, "--email", email, ...more);
  expect((await act("suspend")).code).toBe(1);
  expect((await act("suspend", "--reason", "left")).stdout).toContain(
    `The account of ${email} is suspended.`,
  );
  const { accounts, store } = await services();
  const place = { source: "127.0.0.1", browser: "test" };
  const signIn = () => accounts.signIn({ email: EmailAddress.parse(email), password }, place);
  await expect(signIn()).rejects.toMatchObject({ code: "SIGN_IN_REFUSED" });
  expect((await act("restore", "--reason", "back")).stdout).toContain("is open again");
  expect((await signIn()).account.id).toBe(id);
  const trail = await store.read.audit.page(chainOf(AccountId.parse(id)), { limit: 10 }, "everybody");
  expect(trail.slice(-2)).toMatchObject([
    { action: "account.suspended", actor: "operator", after: { reason: "left" } },
    { action: "account.restored", actor: "operator", after: { reason: "back" } },
  ]);
  await store.close();
  expect(
    (await hub("admin", "account", "suspend", "--email", "x@example.com", "--reason", "y")).stderr,
  ).toContain("NOT_FOUND");
});
