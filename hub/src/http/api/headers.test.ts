import helmet from "@fastify/helmet";
import { fromProblem } from "@fyr/protocol";
import { fastify } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { strictly } from "./browser.ts";
import { versionWanted } from "./headers.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

let bed: ApiBed;
let ids: Record<string, string>;
beforeAll(async () => {
  bed = await openApiBed();
  const { orgId } = await newSite(bed, "Acme");
  ids = { orgId, folderId: orgId };
});
afterAll(() => bed.close());

const ask = (url: string, headers: Readonly<Record<string, string>> = bed.signIn()) =>
  bed.app.inject({ method: "GET", url, headers });
const organisation = () => `${API_PREFIX}/orgs/${ids["orgId"]}`;

test("what the caller has already is not sent again", async () => {
  const first = await ask(organisation());
  const etag = String(first.headers["etag"]);
  expect(etag).toMatch(/^"1\.[\w-]+"$/);
  for (const known of [etag, `W/${etag}`, `"0", ${etag}`, "*"]) {
    const again = await ask(organisation(), { ...bed.signIn(), "if-none-match": known });
    expect([known, again.statusCode, again.body, again.headers["etag"]]).toEqual([known, 304, "", etag]);
    expect(again.headers["cache-control"]).toBe("no-store");
  }
  for (const other of ['"1"', '"2.x"', "x", ""]) {
    const again = await ask(organisation(), { ...bed.signIn(), "if-none-match": other });
    expect([other, again.statusCode, again.body]).toEqual([other, 200, first.body]);
  }
});

test("nobody learns by an ETag what is not theirs", async () => {
  const { etag } = (await ask(organisation())).headers;
  const stranger = bed.signIn({ accountId: "01890000-0000-7000-8000-0000000000ac" as never });
  const answer = await ask(organisation(), { ...stranger, "if-none-match": String(etag) });
  expect(answer.statusCode).toBe(404);
  expect(answer.headers["etag"]).toBeUndefined();
});

const wanted = (ifMatch?: string) => {
  try {
    return versionWanted({ headers: { ...(ifMatch !== undefined && { "if-match": ifMatch }) } } as never);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("an edit names the version that it was made for: the ETag as it came, or its number alone", () => {
  expect([wanted('"7"'), wanted('"7.aB-_9"'), wanted('"123456789012345"')]).toEqual([7, 7, 123456789012345]);
  expect(wanted()).toBe("PRECONDITION_REQUIRED");
  for (const malformed of [
    "",
    "*",
    "7",
    '""',
    'W/"7"',
    '"7", "8"',
    '"x"',
    '"-1"',
    '"7."',
    '"7.5.x"',
    `"${"1".repeat(16)}"`,
  ])
    expect([malformed, wanted(malformed)]).toEqual([malformed, "MESSAGE_INVALID"]);
});

const versioned = API_ROUTES.filter((route) => route.versioned);

test.each(versioned.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "%s wants a version, in a form of ours",
  async (_name, { method, path, admits }) => {
    const url = API_PREFIX + path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? ids["orgId"] ?? "");
    const send = (headers: Readonly<Record<string, string>>) =>
      bed.app.inject({
        method,
        url,
        headers: {
          ...(admits === "operator" ? bed.operator : bed.signIn()),
          ...{ "content-type": "application/json", ...headers },
        },
        payload: "{}",
      });
    const code = async (headers: Readonly<Record<string, string>>) =>
      fromProblem((await send(headers)).json())?.code;
    // A body may be refused first; what must not be is that it is taken.
    expect(["PRECONDITION_REQUIRED", "MESSAGE_INVALID", "NOT_FOUND"]).toContain(await code({}));
    expect(["MESSAGE_INVALID", "NOT_FOUND"]).toContain(await code({ "if-match": "*" }));
  },
);

test("a browser is kept strict by every answer, and keeps nothing that is somebody's", async () => {
  const answers = await Promise.all([
    ask(organisation()),
    ask(organisation(), {}),
    ask(`${API_PREFIX}/orgs?limit=x`),
    ask(`${API_PREFIX}/nowhere`),
    ask(`${API_PREFIX}/images`),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 401, 400, 404, 200]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "x-frame-options": "DENY",
      "cache-control": "no-store",
    });
    expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
  }
  expect(answers[0]?.headers["content-security-policy"]).not.toMatch(/script-src|connect-src/);
});

test("over TLS a browser is told to come by TLS alone", async () => {
  const app = fastify();
  await app.register(helmet, strictly(true));
  app.get("/", () => "");
  const { headers } = await app.inject("/");
  expect(headers["strict-transport-security"]).toBe("max-age=31536000");
  await app.close();
});
