import { EmailAddress } from "@fyr/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import { memoryStore } from "../testing.ts";
import { openAt, testDatabases, type OpenedStore } from "../testing/databases.ts";
import type { MadeAccount } from "./operator-acts.ts";
import { accountBed, HOME, PASSWORD, type AccountBed } from "./testing/bed.ts";
import { beginSession } from "./sessions.ts";
import { MOST_FAILURES } from "./throttle.ts";
import { codeAt, stepAt } from "./totp.ts";

const OTHER = "another ladder fog 8";
const from = (n: number) => ({ source: `198.51.100.${n}`, browser: "curl" });

interface Outcome {
  readonly code: string;
  readonly retryAfterMs: number;
}
const outcomeOf = (work: Promise<unknown>): Promise<Outcome> =>
  work.then(
    () => ({ code: "done", retryAfterMs: 0 }),
    (error: { code: string; details: { retryAfterMs?: number } }) => ({
      ...{ code: error.code, retryAfterMs: error.details.retryAfterMs ?? 0 },
    }),
  );

const signInAt = (bed: AccountBed, email: EmailAddress, password: string, place = HOME) =>
  outcomeOf(bed.accounts.signIn({ email, password }, place));

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  let opened: OpenedStore;
  let bed: AccountBed;
  beforeAll(async () => {
    opened = await open();
    bed = accountBed(opened.store, `guessing ${name}`);
  });
  afterAll(() => opened.drop());

  test.skipIf(!runs)(
    "B1-S1: of many guesses at the same moment only the first few are looked at",
    async () => {
      const { email } = await bed.person("crowd@example.com");
      const before = bed.verified.length;
      const guesses = Array.from({ length: 20 }, (_, n) =>
        signInAt(bed, email, `guess number ${n}`, from(n)),
      );
      const codes = (await Promise.all(guesses)).map(({ code }) => code);
      expect(bed.verified.length - before).toBe(3);
      expect(codes.filter((code) => code === "SIGN_IN_REFUSED")).toHaveLength(3);
      expect(codes.filter((code) => code === "TOO_MANY_REQUESTS")).toHaveLength(17);
    },
  );

  test.skipIf(!runs)(
    "B1-S1: an unknown address costs one comparison and is slowed down, as a known one",
    async () => {
      const { email: known } = await bed.person("known@example.com");
      const seen = [];
      for (const [email, net] of [
        [known, 100],
        [EmailAddress.parse("unknown@example.com"), 120],
      ] as const) {
        const before = bed.verified.length;
        const outcomes = [];
        for (let n = 0; n < 8; n++) outcomes.push(await signInAt(bed, email, `guess number ${n}`, from(net)));
        seen.push({ outcomes, looked: bed.verified.length - before });
      }
      expect(seen[0]).toEqual(seen[1]);
      expect(seen[0]?.outcomes.at(-1)?.code).toBe("TOO_MANY_REQUESTS");
    },
  );

  test.skipIf(!runs)("B1-S1: what was counted holds after the hub was started anew", async () => {
    const { email } = await bed.person("restart@example.com");
    for (let n = 0; n < 3; n++) await signInAt(bed, email, `guess number ${n}`, from(150));
    const again: HubStore = await openAt(opened.url);
    const later = accountBed(again, "later");
    later.clock.jumpWall(bed.clock.wall() - later.clock.wall());
    expect((await signInAt(later, email, "guess number 4", from(150))).code).toBe("TOO_MANY_REQUESTS");
    await again.close();
  });

  test.skipIf(!runs)(
    "B1-S1: after 100 failures nothing is looked at until the owner proves the address by mail",
    async () => {
      const person = await bed.person("guarded@example.com");
      let looked = 0;
      for (let n = 0; looked < MOST_FAILURES; n++) {
        const before = bed.verified.length;
        await signInAt(bed, person.email, `guess number ${n}`, from(n % 7));
        looked += bed.verified.length - before;
        bed.clock.jumpWall(900_000);
      }
      const { failures } = (await bed.store.read.accounts.find(person.id))!;
      expect(failures).toBe(MOST_FAILURES);
      expect((await signInAt(bed, person.email, PASSWORD)).code).toBe("SIGN_IN_REFUSED");
      const kinds = (await bed.mailsTo(person.email)).map(({ mail }) => mail.kind);
      expect(kinds.filter((kind) => kind === "guarded")).toHaveLength(1);
      await bed.accounts.askForPassword(person.email, HOME);
      await bed.accounts.resetPassword({ token: await bed.tokenTo(person.email), password: OTHER });
      const { session } = await bed.accounts.signIn({ email: person.email, password: OTHER }, HOME);
      expect((await bed.accounts.passFactor(session.id, person.code())).session.factor).toBe("passed");
      expect((await bed.store.read.accounts.find(person.id))?.failures).toBe(0);
    },
  );

  test.skipIf(!runs)("a right password that was the hundredth try is no failure", async () => {
    const person = await bed.person("hundredth@example.com");
    await bed.store.write(({ accounts }) => accounts.edit(person.id, { failures: MOST_FAILURES - 1 }));
    const { session } = await bed.accounts.signIn({ email: person.email, password: PASSWORD }, HOME);
    expect((await bed.store.read.accounts.find(person.id))?.failures).toBe(MOST_FAILURES - 1);
    expect((await bed.accounts.passFactor(session.id, person.code())).session.factor).toBe("passed");
    expect((await bed.mailsTo(person.email)).map(({ mail }) => mail.kind)).not.toContain("guarded");
  });
});

test("B1-S1: 10,000 guesses from 200 sources on 50 accounts: none gets in, each owner does within a minute", async () => {
  const bed = accountBed(await memoryStore(), "storm");
  const people: (MadeAccount & { email: EmailAddress })[] = [];
  for (let n = 0; n < 50; n++) {
    const email = EmailAddress.parse(`owner${n}@example.com`);
    const wish = { email, name: "Ada", password: PASSWORD, language: "en", timeZone: "UTC" } as const;
    people.push({ email, ...(await bed.acts.createAccount(wish)) });
  }
  let guesses = 0;
  const successes: string[] = [];
  /** One guess, and the third of a second until the next. */
  const guess = async () => {
    const n = guesses++;
    const account = (n * 13 + Math.floor(n / 200)) % 50;
    const { code } = await signInAt(
      bed,
      people[account]!.email,
      `guess at ${account} no ${n}`,
      from(n % 200),
    );
    if (code === "done") successes.push(String(account));
    bed.clock.jumpWall(333);
  };
  /** The owner at a new place, while the guessing goes on; as long as it took in milliseconds. */
  const ownerGetsIn = async (n: number) => {
    const { email, secret } = people[n]!;
    const began = bed.clock.wall();
    const place = { source: `203.0.113.${n}`, browser: "Firefox" };
    for (;;) {
      const { code, retryAfterMs } = await signInAt(bed, email, PASSWORD, place);
      if (code === "done") break;
      for (const until = bed.clock.wall() + retryAfterMs; bed.clock.wall() < until;) await guess();
    }
    const sessions = await bed.store.read.sessions.of(people[n]!.id);
    const passed = await bed.accounts.passFactor(
      sessions.at(-1)!.id,
      codeAt(secret, stepAt(bed.clock.wall())),
    );
    expect(passed.session.factor).toBe("passed");
    return bed.clock.wall() - began;
  };

  const took = [];
  while (guesses < 10_000) {
    await guess();
    if (guesses % 1_000 === 500) took.push(await ownerGetsIn(took.length * 5));
  }
  expect(successes).toEqual([]);
  expect(took.length).toBeGreaterThanOrEqual(9);
  expect(Math.max(...took)).toBeLessThanOrEqual(60_000);
  const looked = people.map(
    (_, n) => bed.verified.filter((each) => each.startsWith(`guess at ${n} no`)).length,
  );
  expect(Math.max(...looked)).toBeLessThanOrEqual(100);
  expect(Math.min(...looked)).toBeGreaterThan(0);
  await bed.store.close();
});

test("B1-S5: a token is worth nothing after its session ended: 0 of 1,000", async () => {
  const bed = accountBed(await memoryStore(), "ended");
  const { id } = await bed.person("ended@example.com");
  const account = (await bed.store.read.accounts.find(id))!;
  const ways = [
    (sessionId: Parameters<typeof bed.accounts.signOut>[0]) => bed.accounts.signOut(sessionId),
    (sessionId: Parameters<typeof bed.accounts.signOut>[0]) => bed.accounts.endSession(id, sessionId),
    () => bed.accounts.endOtherSessions(id, account.id as never),
    () => bed.acts.resetFactor(account.email, "lost"),
  ];
  let accepted = 0;
  for (let n = 0; n < 1_000; n++) {
    const { token, session } = await bed.store.write((stores) =>
      beginSession(bed.ports, stores, account, HOME),
    );
    expect(await bed.standing(token)).not.toBeNull();
    await ways[n % ways.length]!(session.id);
    if (await bed.standing(token)) accepted++;
  }
  expect(accepted).toBe(0);
  await bed.store.close();
});
