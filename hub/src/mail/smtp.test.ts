import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { EmailAddress } from "@fyr/protocol";
import { createLog, seededRandom, systemClock, uuid7Ids } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { sealingWith } from "../accounts/sealing.ts";
import type { HubStore } from "../store/store.ts";
import { memoryStore } from "../testing.ts";
import type { Letter } from "./letter.ts";
import { createPost } from "./post.ts";
import { createMailSender, nextTry, type MailSender } from "./sender.ts";
import { smtpTransport } from "./smtp.ts";

interface Arrived {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

/** A real mail server on loopback. `refuse` is what it says to the next recipients. */
let server: SMTPServer;
let port: number;
let refuse: { code: number; text: string } | null = null;
const arrived: Arrived[] = [];

beforeAll(async () => {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo(address, _session, done) {
      if (!refuse) return done();
      done(Object.assign(new Error(refuse.text), { responseCode: refuse.code }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const source = Buffer.concat(chunks).toString();
        arrived.push({ from, to: rcptTo.map(({ address }) => address), source });
        done();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  port = (server.server.address() as AddressInfo).port;
});
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

const clock = fakeClock();
const random = seededRandom("smtp");
const ids = uuid7Ids(clock, random);
const sealing = sealingWith(new Uint8Array(32).fill(3), random);
const post = createPost({ clock, ids, sealing });
let store: HubStore;
let sender: MailSender;
let log: string;

beforeEach(async () => {
  store = await memoryStore();
  [refuse, log] = [null, ""];
  arrived.length = 0;
  sender = senderTo(port);
});
afterEach(async () => {
  await sender.stop();
  await store.close();
});

const senderTo = (to: number): MailSender => {
  const transport = smtpTransport({ url: `smtp://127.0.0.1:${to}`, from: "Fyr é <fyr@hub.test>" });
  const lines = createLog({ name: "hub", to: { write: (line) => void (log += line) } });
  return createMailSender({ clock, random, log: lines, sealing, transport }, store);
};

const put = (letter: Letter, until?: number, to = "ada@example.com") =>
  store.write(({ mails }) =>
    post.put(mails, { to, language: "fr", letter, ...(until !== undefined && { until }) }),
  );
const mails = () => store.read.mails.page({}, { limit: 50 });

/** Lets time pass until something is so; the line to the server is real, so turns of the loop are given to it. */
async function passes(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (await isSo()) return;
    await clock.advance(100);
    await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  }
  throw new Error("it never came to be");
}
const stateIs = (state: string) => () => mails().then(([mail]) => mail?.state === state);

test("a mail leaves as text and HTML, in the reader's language, and is marked as written by a machine", async () => {
  await put({ kind: "code", code: "012345", minutes: 10 });
  sender.start();
  await passes(stateIs("sent"));
  const [mail] = arrived;
  expect(mail).toMatchObject({ from: "fyr@hub.test", to: ["ada@example.com"] });
  expect(mail?.source).toContain("Subject: Votre code de connexion");
  expect(mail?.source).toContain("Content-Type: text/plain; charset=utf-8");
  expect(mail?.source).toContain("Content-Type: text/html; charset=utf-8");
  expect(mail?.source).toContain("Auto-Submitted: auto-generated");
  expect(mail?.source.split("012345")).toHaveLength(3);
  expect(log).not.toContain("012345");
});

test("no organisation, name or address adds a header or a recipient", async () => {
  const hostile = "x\r\nBcc: victim@example.com\r\n\r\nother body";
  const letter = { kind: "invitation", organisation: hostile, inviter: hostile, days: 7 } as const;
  await put({ ...letter, link: "https://hub.test/invitation#abc" });
  sender.start();
  await passes(stateIs("sent"));
  const [mail] = arrived;
  expect(mail?.to).toEqual(["ada@example.com"]);
  const [headers = ""] = mail?.source.split("\r\n\r\n", 1) ?? [];
  expect(headers).not.toMatch(/^bcc:/im);
  expect(headers.match(/^subject:/gim)).toHaveLength(1);
  for (const to of ["ada@example.com\r\nRCPT TO:<x@example.com>", "a@example.com,b@example.com"]) {
    await expect(put({ kind: "password_changed" }, undefined, to)).rejects.toThrow();
  }
});

test("a server that is away is tried again, later each time, and nothing is lost", async () => {
  await sender.stop();
  sender = senderTo(1);
  await put({ kind: "password_changed" });
  sender.start();
  await passes(() => mails().then(([mail]) => (mail?.tries ?? 0) >= 2));
  expect(await mails()).toMatchObject([
    { state: "waiting", problem: expect.stringMatching(/ECONNREFUSED|ESOCKET/) },
  ]);
  await sender.stop();
  sender = senderTo(port);
  sender.start();
  await passes(stateIs("sent"));
  expect(arrived).toHaveLength(1);
});

test("what the server refuses for now is tried again, what it refuses for good ends, and no text of its own is kept", async () => {
  refuse = { code: 451, text: "greylisted 012345" };
  await put({ kind: "code", code: "012345", minutes: 10 });
  sender.start();
  await passes(() => mails().then(([mail]) => mail?.tries === 1));
  expect(await mails()).toMatchObject([{ state: "waiting" }]);
  refuse = { code: 550, text: "no such user 012345" };
  await passes(stateIs("failed"));
  const [mail] = await mails();
  expect(mail?.problem).toContain("550");
  expect(JSON.stringify(mail) + log).not.toContain("012345");
});

test("a mail whose code or link is over is not sent any more", async () => {
  await put({ kind: "code", code: "012345", minutes: 10 }, clock.wall() + 1_000);
  await put({ kind: "password_changed" });
  await clock.advance(1_000);
  sender.start();
  await passes(() => mails().then((all) => all.every(({ state }) => state !== "waiting")));
  expect((await mails()).map(({ state }) => state).sort()).toEqual(["late", "sent"]);
  expect(arrived).toHaveLength(1);
});

test("a mail that was rolled back never leaves", async () => {
  const failing = store.write(async ({ mails }) => {
    await post.put(mails, { to: "ada@example.com", language: "en", letter: { kind: "password_changed" } });
    throw new Error("on purpose");
  });
  await expect(failing).rejects.toThrow("on purpose");
  await put({ kind: "factor_reset" });
  sender.start();
  await passes(stateIs("sent"));
  expect(arrived).toHaveLength(1);
});

test("pauses double up to an hour, each with a share of chance", () => {
  const pauses = [0, 1, 2, 5, 9, 30, 1_000].map((tries) => nextTry(tries, 0, 1));
  expect(pauses).toEqual([10_000, 20_000, 40_000, 320_000, 3_600_000, 3_600_000, 3_600_000]);
  expect(nextTry(0, 7, 0)).toBe(5_007);
});

test("an outbox holds its mails sealed", async () => {
  await put({ kind: "code", code: "987654", minutes: 10 });
  const [mail] = await mails();
  expect(JSON.stringify(mail)).not.toContain("987654");
  expect(EmailAddress.parse(mail?.to)).toBe("ada@example.com");
});
