import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { desk } from "../testing/desk.ts";
import { FWMGR, visitor } from "../testing/visitor.ts";
import type { DeviceReply } from "./exchange.ts";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const REALM = "AXIS_B8A44F000001";
const PATH = "/axis-cgi/param.cgi?action=list&group=Brand.Brand";

type Desk = ReturnType<typeof desk>;

const send = ({ anyone }: Desk, authorization?: string, scheme: "http" | "https" = "http") =>
  anyone.ask(PATH, { scheme, headers: authorization === undefined ? {} : { authorization } });

const challengeOf = (reply: DeviceReply): string =>
  (reply.kind === "answer" && reply.headers.find(([name]) => name === "WWW-Authenticate")?.[1]) || "";

const nonceFrom = (challenge: string) => /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";

async function nonce(the: Desk): Promise<string> {
  return nonceFrom(challengeOf(await send(the)));
}

interface Proof {
  uri?: string;
  nc?: string;
  cnonce?: string;
  qop?: string;
  password?: string;
  user?: string;
  realm?: string;
}

function digest(
  nonce: string,
  { uri = PATH, nc = "00000001", cnonce = "c", qop = "auth", ...who }: Proof = {},
): string {
  const { password = "pass", user = "root", realm = REALM } = who;
  const [ha1, ha2] = [md5(`${user}:${realm}:${password}`), md5(`GET:${uri}`)];
  const plain = `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}"`;
  if (qop === "") return `${plain}, response="${md5(`${ha1}:${nonce}:${ha2}`)}"`;
  const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
  return `${plain}, algorithm=MD5, qop=${qop}, nc=${nc}, cnonce="${cnonce}", response="${response}"`;
}

const status = async (reply: Promise<DeviceReply>) => {
  const found = await reply;
  return found.kind === "answer" ? found.status : found.kind;
};

test("a device takes what clients in the field send (vapix.md 3.2)", async () => {
  const the = desk();
  const once = await nonce(the);
  const taken = [
    digest(once),
    digest(once, { nc: "00000002" }),
    digest(once, { nc: "00000001", cnonce: "c" }), // counts from one again
    digest(once, { uri: "/axis-cgi/param.cgi" }), // without the query
    digest(once, { uri: `http://127.0.0.9${PATH}` }),
    digest(once, { qop: "" }),
    digest(once).replaceAll(", ", ","),
  ];
  for (const authorization of taken) expect(await status(send(the, authorization)), authorization).toBe(200);
});

test("a device refuses what proves nothing", async () => {
  const the = desk();
  const once = await nonce(the);
  const refused = [
    digest(once, { password: "wrong" }),
    digest(once, { user: "nobody" }),
    digest(once, { uri: "/axis-cgi/other.cgi" }),
    digest(once, { realm: "AXIS_OTHER" }),
    digest(once).replace(/, response="[^"]*"/, ""),
    `Basic ${Buffer.from("root:pass").toString("base64")}`, // never over plain HTTP
    "Digest",
    "nonsense",
  ];
  for (const authorization of refused) {
    const reply = await send(the, authorization);
    expect(reply, authorization).toMatchObject({ status: 401 });
    expect(challengeOf(reply)).not.toContain("stale");
  }
});

test("a nonce outlives an upload, not a restart: then it is stale, which is no wrong password", async () => {
  const the = desk();
  const once = await nonce(the);
  await the.pass(1_800);
  expect(await status(send(the, digest(once)))).toBe(200);
  await the.pass(3_600);
  expect(challengeOf(await send(the, digest(once)))).toContain("stale=true");
  const next = await nonce(the);
  the.device.life.restart("restart");
  await the.pass(30);
  const refused = await send(the, digest(next));
  expect(challengeOf(refused)).toContain("stale=true");
  expect(await status(send(the, digest(nonceFrom(challengeOf(refused)))))).toBe(200);
});

test("which login is asked for follows the policy, on HTTP and on HTTPS (vapix.md 3.1)", async () => {
  const asked = async (the: Desk, scheme: "http" | "https") =>
    challengeOf(await send(the, undefined, scheme)).split(" ")[0];
  const both = async (the: Desk) => [await asked(the, "http"), await asked(the, "https")];
  expect(await both(desk("9.80.2.2"))).toEqual(["Digest", "Digest"]);
  expect(await both(desk("12.11.77"))).toEqual(["Digest", "Basic"]);
  const lab = desk("11.11.192");
  await lab.root.text("/axis-cgi/param.cgi?action=update&Network.HTTP.AuthenticationPolicy=basic");
  expect(await both(lab)).toEqual(["Basic", "Basic"]);
});

test("rights are those of the account", async () => {
  const the = desk();
  await the.root.text("/axis-cgi/pwdgrp.cgi?action=add&user=joe&pwd=secret&grp=users&sgrp=operator:viewer");
  const joe = visitor(the.device, { user: "joe", password: "secret" });
  expect((await joe.answer(PATH)).status).toBe(200);
  expect((await joe.answer(FWMGR, { body: '{"method":"status"}' })).status).toBe(401);
  expect(await joe.text("/axis-cgi/usergroup.cgi")).toBe("joe\noperator viewer\n");
});

test("twenty wrong passwords within a second close the page for ten seconds; 9.80 has no such guard", async () => {
  const the = desk();
  const wrong = digest(await nonce(the), { password: "wrong" });
  for (let count = 0; count < 20; count++) expect(await status(send(the, wrong))).toBe(401);
  const right = digest(await nonce(the));
  expect(await status(send(the, right))).toBe(403);
  await the.pass(11);
  expect(await status(send(the, digest(await nonce(the))))).toBe(200);

  const old = desk("9.80.2.2");
  const again = digest(await nonce(old), { password: "wrong" });
  for (let count = 0; count < 40; count++) expect(await status(send(old, again))).toBe(401);
});

test("requests without a login are no failures", async () => {
  const the = desk();
  for (let count = 0; count < 100; count++) await send(the);
  expect(await status(send(the, digest(await nonce(the))))).toBe(200);
});
