import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import fc from "fast-check";
import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import { Secret } from "../../vault/secret.ts";
import { createAuthenticator } from "./authenticator.ts";
import { parseChallenges } from "./challenge.ts";
import { digestResponse, readDigest, type DigestChallenge } from "./digest.ts";

const challenge = (header: string): DigestChallenge => {
  const found = parseChallenges([header])
    .map(readDigest)
    .find((each) => each !== null);
  if (!found) throw new Error(`no digest challenge in ${header}`);
  return found;
};

/** RFC 7616, 3.9.1. */
const RFC7616 = {
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  turn: {
    method: "GET",
    uri: "/dir/index.html",
    user: "Mufasa",
    password: "Circle of Life",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    count: 1,
  },
};

test.each([
  ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
])("RFC 7616, 3.9.1, %s", (algorithm, response) => {
  const asked = challenge(
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${RFC7616.nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
  );
  expect(digestResponse(asked, RFC7616.turn)).toBe(response);
});

test("RFC 2617, 3.5", () => {
  const asked = challenge(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  const turn = { ...RFC7616.turn, password: "Circle Of Life", cnonce: "0a4f113b" };
  expect(digestResponse(asked, turn)).toBe("6629fae49393a05397450978507c4ef1");
});

test("RFC 2069, 2.4 with its erratum: no qop", () => {
  const asked = challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  const turn = { ...RFC7616.turn, password: "CircleOfLife" };
  expect(digestResponse(asked, turn)).toBe("1949323746fe6a43ef61f9606e7febea");
});

test("several challenges, in one header or in several, with commas and quotes in values", () => {
  const realm = 'Lobby, "north" \\ 2';
  const quoted = realm.replace(/[\\"]/g, "\\$&");
  const digest = `Digest realm="${quoted}", nonce="a,b=c", qop="auth", algorithm=SHA-256`;
  for (const headers of [
    [`Negotiate abc==, Basic realm="x", ${digest}`],
    ["NTLM", 'Basic realm="x"', digest],
  ]) {
    const read = parseChallenges(headers);
    expect(read.map(({ scheme }) => scheme).slice(1)).toEqual(["basic", "digest"]);
    expect(readDigest(read[2]!)).toMatchObject({ realm, nonce: "a,b=c", qop: "auth", algorithm: "SHA-256" });
  }
});

test("the recorded challenge of 12.11.77", () => {
  const header =
    'Digest realm="AXIS_B8A44F631339", nonce="WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc", algorithm=MD5, qop="auth"';
  expect(challenge(header)).toMatchObject({
    realm: "AXIS_B8A44F631339",
    nonce: "WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc",
    algorithm: "MD5",
    session: false,
    stale: false,
  });
});

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
const anyText = fc.string({ maxLength: 20 });
const parameters = fc.dictionary(
  word.map((name) => name.toLowerCase()),
  anyText,
  { minKeys: 1, maxKeys: 5 },
);
const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

test("what is written is read back, however it is strung together", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, parameters), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (all, apart) => {
        const written = all.map(([scheme, fields]) => {
          const texts = Object.entries(fields).map(([name, value]) => `${name}=${quote(value)}`);
          return `${scheme} ${texts.join(", ")}`;
        });
        const read = parseChallenges(apart ? written : [written.join(", ")]);
        expect(read.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(
          all.map(([scheme, fields]) => [scheme.toLowerCase(), { ...fields }]),
        );
      },
    ),
  );
});

test("no header makes the parser fail or dawdle", () => {
  const part = fc.constantFrom(
    "Digest ",
    "Basic ",
    '="',
    '"',
    "\\",
    ",",
    "=",
    " ",
    "realm",
    "a",
    "nonce=",
    "é",
    "\t",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.array(part, { maxLength: 300 }).map((p) => p.join("")),
      ),
      (text) => {
        for (const each of parseChallenges([text])) readDigest(each);
      },
    ),
    { numRuns: 2_000 },
  );
  const begun = process.hrtime.bigint();
  parseChallenges([
    `Digest realm="${"\\a".repeat(3_000)}`,
    `Digest ${"a=".repeat(4_000)}`,
    ",".repeat(8_000),
  ]);
  expect(Number(process.hrtime.bigint() - begun) / 1e6).toBeLessThan(100);
});

const login = { user: "root", password: new Secret('it\'s, a "secret"'), revision: "1" };
const authenticator = (basic = false) =>
  createAuthenticator(login, { random: seededRandom("digest"), basic });

test("the strongest digest wins, and basic only where it may", () => {
  const offers = parseChallenges([
    'Basic realm="r"',
    'Digest realm="r", nonce="m", qop="auth", algorithm=MD5',
    'Digest realm="r", nonce="s", qop="auth", algorithm=SHA-256',
  ]);
  const chosen = authenticator(true);
  expect(chosen.take(offers)).toBe("new");
  expect(chosen.header("GET", "/")).toContain('nonce="s"');
  const clear = authenticator(false);
  expect(clear.take(parseChallenges(['Basic realm="r"']))).toBe("none");
  expect(clear.header("GET", "/")).toBeUndefined();
  expect(clear.take(parseChallenges(['Digest realm="r", nonce="n", algorithm=MD4']))).toBe("none");
  expect(clear.take(parseChallenges(['Digest realm="r", nonce="n", qop="auth-int"']))).toBe("none");
});

test("the count rises with each use of a nonce and begins anew with the next", () => {
  const it = authenticator();
  it.take(parseChallenges(['Digest realm="r", nonce="one", qop="auth"']));
  expect(it.header("GET", "/")).toContain("nc=00000001");
  expect(it.header("GET", "/")).toContain("nc=00000002");
  it.nextNonce(['rspauth="x", nextnonce="two"']);
  expect(it.header("GET", "/")).toMatch(/nonce="two".*nc=00000001/);
  expect(it.take(parseChallenges(['Digest realm="r", nonce="three", qop="auth", stale=TRUE']))).toBe("stale");
});

const curl = promisify(execFile)("curl", ["--version"]).then(
  () => true,
  () => false,
);

/** The foreign judge: both must answer one challenge alike, given the client nonce that curl drew. */
test
  .skipIf(!(await curl))
  .each([
    'Digest realm="AXIS_ACCC8E012345", nonce="abc=def", algorithm=MD5, qop="auth"',
    'Digest realm="a, \\"b\\"", nonce="abc", algorithm=SHA-256, qop="auth", opaque="x,y"',
    'Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"',
    'Digest realm="r", nonce="n"',
  ])("curl answers alike: %s", async (header) => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization;
    if (authorization !== undefined) heard.push(authorization);
    response.writeHead(authorization === undefined ? 401 : 200, { "www-authenticate": header }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const uri = "/axis-cgi/param.cgi?action=list&group=root.Brand";
  await promisify(execFile)("curl", [
    "-s",
    "--digest",
    "-u",
    "root:pass word",
    `http://127.0.0.1:${port}${uri}`,
  ]);
  await new Promise((resolve) => server.close(resolve));
  const said = parseChallenges(heard)[0]!.parameters;
  const turn = {
    method: "GET",
    uri,
    user: "root",
    password: "pass word",
    cnonce: said.get("cnonce") ?? "",
    count: Number.parseInt(said.get("nc") ?? "1", 16),
  };
  expect(digestResponse(challenge(header), turn)).toBe(said.get("response"));
});
