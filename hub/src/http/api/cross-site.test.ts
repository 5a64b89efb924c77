import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { silentLog } from "@fyr/runtime";
import { fromProblem } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../store/store.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

let folder: string;
let file: string;
let bed: ApiBed;
let ids: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fyr-cross-site-"));
  file = join(folder, "hub.db");
  const store = await openStore(`sqlite:${file}`, { log: silentLog, turn: () => Promise.resolve() });
  bed = await openApiBed({ store });
  const { orgId, site } = await newSite(bed, "Acme");
  ids = { orgId, agentId: site.identity.agentId, folderId: orgId };
});
afterAll(async () => {
  await bed.close();
  await rm(folder, { recursive: true, force: true });
});

/** Every row of every table. */
function rows(): string {
  const db = new Sqlite(file, { readonly: true });
  const tables = db
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .pluck()
    .all();
  const found = tables.map((name) => [
    name,
    db
      .prepare(`select * from "${String(name)}"`)
      .raw()
      .all(),
  ]);
  db.close();
  return JSON.stringify(found, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

const SOME_ID = "01890000-0000-7000-8000-00000000abcd";
const urlOf = ({ path }: ApiRoute) =>
  API_PREFIX + path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? SOME_ID);

const changing = API_ROUTES.filter(({ method }) => method !== "GET").map(
  (route) => [`${route.method} ${route.path}`, route] as const,
);

const BODY = JSON.stringify({ name: "forged" });
const JSON_TYPE = { "content-type": "application/json" };

type Headers = Readonly<Record<string, string>>;
const without = (headers: Headers, name: string): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));

/** How a page of another site would send it; each with everything else as our own page has it, token included. */
const FORMS: readonly (readonly [string, (ours: Headers) => Headers])[] = [
  ["without an Origin", (ours) => without(ours, "origin")],
  ["with a foreign Origin", (ours) => ({ ...ours, origin: "https://evil.test" })],
  ["with the Origin null", (ours) => ({ ...ours, origin: "null" })],
  ["with the Origin of another port", (ours) => ({ ...ours, origin: "https://hub.test:8444" })],
  ["told to be cross-site by the browser", (ours) => ({ ...ours, "sec-fetch-site": "cross-site" })],
  ["told to be same-site by the browser", (ours) => ({ ...ours, "sec-fetch-site": "same-site" })],
  ["without the session's token", (ours) => without(ours, "x-csrf-token")],
  [
    "with another session's token",
    (ours) => ({ ...ours, "x-csrf-token": bed.signIn()["x-csrf-token"] ?? "" }),
  ],
];

const SIMPLE_BODIES = [
  ["text/plain", BODY],
  ["application/x-www-form-urlencoded", "name=forged"],
  [
    "multipart/form-data; boundary=x",
    '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nforged\r\n--x--\r\n',
  ],
] as const;

test.each(changing)(
  "B1-T1: %s under a cookie is refused to another site, and changes nothing",
  async (_name, route) => {
    const before = rows();
    const send = (headers: Headers, payload: string) =>
      bed.app.inject({ method: route.method, url: urlOf(route), headers, payload });
    for (const [form, forge] of FORMS) {
      const headers = { ...JSON_TYPE, ...forge(bed.signIn()) };
      const answer = await send(headers, BODY);
      expect([form, answer.statusCode, fromProblem(answer.json())?.code]).toEqual([form, 403, "CROSS_SITE"]);
    }
    for (const [type, payload] of SIMPLE_BODIES) {
      const foreign = { ...bed.signIn(), origin: "https://evil.test", "content-type": type };
      expect(fromProblem((await send(foreign, payload)).json())?.code).toBe("CROSS_SITE");
      const ours = await send({ ...bed.signIn(), "content-type": type }, payload);
      expect([type, ours.statusCode >= 400 && ours.statusCode < 500]).toEqual([type, true]);
    }
    expect(rows()).toBe(before);
  },
);

test.each(changing)("B1-T1: %s cannot be put on behind a GET", async (_name, route) => {
  const before = rows();
  const ask = (url: string, headers: Headers = {}) =>
    bed.app.inject({ method: "GET", url, headers: { ...without(bed.signIn(), "origin"), ...headers } });
  const plain = await ask(urlOf(route));
  const override = { "x-http-method-override": route.method, "x-method-override": route.method };
  for (const answer of [
    await ask(urlOf(route), override),
    await ask(`${urlOf(route)}?_method=${route.method}`),
    await ask(`${urlOf(route)}?_method=${route.method}`, override),
  ])
    expect([plain.statusCode, 400]).toContain(answer.statusCode);
  expect(rows()).toBe(before);
});

test("our own page changes what it is told to, so that what is compared above would show it", async () => {
  const before = rows();
  const headers = { ...bed.signIn(), ...JSON_TYPE };
  const answer = await bed.app.inject({ method: "POST", url: `${API_PREFIX}/orgs`, headers, payload: BODY });
  expect(answer.statusCode).toBe(201);
  expect(rows()).not.toBe(before);
});

test("a key is sent on purpose, so it needs no Origin", async () => {
  const headers = { ...bed.operator, ...JSON_TYPE };
  const answer = await bed.app.inject({ method: "POST", url: `${API_PREFIX}/orgs`, headers, payload: BODY });
  expect(fromProblem(answer.json())?.code).toBe("FORBIDDEN");
});
