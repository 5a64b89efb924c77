import { EmailAddress } from "@fyr/protocol";
import { expect, test } from "vitest";
import { KEPT_MS, once } from "../idempotency/once.ts";
import type { OutgoingMail } from "../mail/sender.ts";
import { memoryStore, testHub } from "../testing.ts";
import { sweepAccounts } from "./sweep.ts";
import { accountBed, HOME, PASSWORD } from "./testing/bed.ts";
import { KNOWN_MS, MAIL_KEPT_MS, REGISTRATION_MS } from "./times.ts";

const DAY_MS = 86_400_000;

test("what is over is cleared away in its time, and nothing that still counts", async () => {
  const bed = accountBed(await memoryStore(), "sweep");
  const person = await bed.person("sweep@example.com");
  const { session } = await bed.accounts.signIn({ email: person.email, password: PASSWORD }, HOME);
  await bed.accounts.passFactor(session.id, person.code());
  const wish = { email: EmailAddress.parse("late@example.com"), password: PASSWORD, name: "Late" };
  await bed.accounts.register({ ...wish, language: "en", timeZone: "UTC" }, HOME);
  const [mail] = await bed.store.read.mails.page({ to: wish.email }, { limit: 1 });
  const sent = { state: "sent", problem: null, tries: 1, nextAt: 0, endedAt: bed.clock.wall() } as const;
  await bed.store.write(({ mails }) => mails.tried(mail?.id ?? "", sent));
  const token = await bed.tokenTo(wish.email);
  const isKnown = () =>
    bed.store.write(async ({ throttle }) => {
      const [key = ""] = [...(await throttle.take([`source:${HOME.source}`])).keys()];
      return key !== "";
    });
  const sweep = () => sweepAccounts(bed.store, bed.clock.wall());

  await sweep();
  expect(await bed.store.read.sessions.of(person.id)).toHaveLength(2);
  expect(await isKnown()).toBe(true);
  await bed.clock.advance(REGISTRATION_MS - 1);
  await sweep();
  expect(await bed.store.read.sessions.of(person.id)).toEqual([]);
  expect((await bed.accounts.account(person.id)).email).toBe(person.email);
  await bed.clock.advance(2 * DAY_MS);
  await sweep();
  expect(await isKnown()).toBe(false);
  await expect(bed.accounts.verifyRegistration({ token, password: PASSWORD }, HOME)).rejects.toMatchObject({
    code: "TOKEN_INVALID",
  });
  expect((await bed.store.read.mails.find(mail?.id ?? ""))?.body).not.toBeNull();
  await bed.clock.advance(MAIL_KEPT_MS);
  await sweep();
  expect((await bed.store.read.mails.find(mail?.id ?? ""))?.body).toBeNull();
  await bed.clock.advance(KNOWN_MS);
  await sweep();
  await bed.store.close();
});

test("an answer kept for repetitions goes when its key has stopped counting", async () => {
  const bed = accountBed(await memoryStore(), "kept");
  const { id } = await bed.person("kept@example.com");
  const asked = { operation: "createOrganisation", key: "one", wish: {}, now: bed.clock.wall() };
  const makes = (now: number) => {
    const repeatable = { ...asked, now, space: id, actor: `account:${id}` as const };
    return bed.store.write((stores) => once(stores, repeatable, () => Promise.resolve(now)));
  };
  const first = await makes(asked.now);
  await sweepAccounts(bed.store, asked.now + KEPT_MS);
  expect(await makes(asked.now + 1)).toBe(first);
  await sweepAccounts(bed.store, asked.now + KEPT_MS + 1);
  expect(await makes(asked.now + 2)).toBe(asked.now + 2);
  await bed.store.close();
});

test("a hub sweeps by itself once an hour, and leaves an empty database alone", async () => {
  const hub = await testHub();
  hub.start();
  const place = { source: "192.0.2.1", browser: "x" };
  const wish = {
    email: EmailAddress.parse("a@example.com"),
    name: "A",
    language: "en",
    timeZone: "UTC",
  } as const;
  await hub.services.accounts.register({ ...wish, password: PASSWORD }, place);
  const holds = () => hub.store.read.accounts.holdsPassing();
  expect(await holds()).toBe(true);
  await hub.store.write(({ mails }) => mails.clear(0));
  await hub.clock.advance(REGISTRATION_MS + 3_600_000);
  const tallies = await hub.store.write(({ throttle }) => throttle.take(["register:192.0.2.1"]));
  expect(tallies.size).toBe(0);
  await hub.close();
});

test("with a mail server a hub sends what it wrote, and closes the line when it stops", async () => {
  const sent: OutgoingMail[] = [];
  let closed = false;
  const mail = {
    send: async (out: OutgoingMail) => void sent.push(out),
    close: () => void (closed = true),
  };
  const hub = await testHub({ ports: { mail } });
  hub.start();
  const wish = {
    email: EmailAddress.parse("b@example.com"),
    name: "B",
    language: "en",
    timeZone: "UTC",
  } as const;
  await hub.services.accounts.register(
    { ...wish, password: PASSWORD },
    { source: "192.0.2.1", browser: "x" },
  );
  await hub.clock.advance(2_000);
  expect(sent.map(({ to, subject }) => [to, subject])).toEqual([
    ["b@example.com", "Confirm your e-mail address"],
  ]);
  expect(sent[0]?.text).toContain("https://hub.test/verify#");
  await hub.close();
  expect(closed).toBe(true);
});
