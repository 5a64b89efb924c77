import { expect, test } from "vitest";
import type { Wire, WireAnswer } from "./exchange.ts";
import { meet } from "./meet.ts";

const never = new AbortController().signal;
const KEY = "a".repeat(64);

const answer = (status: number, given: Partial<WireAnswer> = {}): WireAnswer => ({
  ...{ status, headers: {}, body: new Uint8Array(), bodySent: true, ...given },
});

/** Answers by URL, and remembers which key each request demanded. */
function recording(answers: (url: string) => WireAnswer | string) {
  const asked: { url: string; peerKey: string | null }[] = [];
  const wire: Wire = {
    async exchange({ url, peerKey }) {
      asked.push({ url, peerKey });
      const said = answers(url);
      if (typeof said === "string") throw Object.assign(new Error(said), { code: said });
      return said;
    },
  };
  return { wire, asked };
}

const REALM = { "www-authenticate": ['Digest realm="AXIS_00408C123456", nonce="n"'] };

test("a device without device info names itself in its challenge, and by the key that answered first", async () => {
  const { wire, asked } = recording((url) =>
    url.includes("param.cgi") ? answer(401, { headers: REALM, peerKey: KEY }) : answer(404, { peerKey: KEY }),
  );
  expect(await meet(wire, "10.0.0.1", { http: 80, https: 443 }, never)).toMatchObject({
    serial: "00408C123456",
    info: null,
    key: KEY,
    challenges: [{ scheme: "digest" }],
  });
  expect(asked.map(({ peerKey }) => peerKey)).toEqual([null, KEY]);
});

test.each(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ERR_SSL_UNSUPPORTED_PROTOCOL", "EPROTO"])(
  "without TLS (%s) plain HTTP is tried",
  async (code) => {
    const { wire } = recording((url) => (url.startsWith("https:") ? code : answer(401, { headers: REALM })));
    expect(await meet(wire, "10.0.0.1", { http: 80, https: 443 }, never)).toMatchObject({
      endpoint: { scheme: "http", port: 80 },
      key: null,
    });
  },
);

test("nobody at home, and no door that may be tried", async () => {
  const { wire, asked } = recording(() => "ECONNREFUSED");
  expect(await meet(wire, "10.0.0.1", { http: 80, https: 443 }, never)).toBeNull();
  expect(await meet(wire, "10.0.0.1", { http: null, https: null }, never)).toBeNull();
  expect(asked).toHaveLength(2);
});
