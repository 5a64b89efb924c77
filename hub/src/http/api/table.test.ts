import { ACTIONS, fromProblem, PERMISSIONS } from "@fyr/protocol";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { COLUMNS } from "../../store/schema.ts";
import { testDatabases } from "../../testing/databases.ts";
import { ownerOf } from "../../testing/members.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { apiDocument } from "./document.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

const table = API_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
const paramsOf = ({ path }: ApiRoute): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);

test("no two routes share a name or a place", () => {
  for (const key of [({ name }: ApiRoute) => name, ({ method, path }: ApiRoute) => `${method} ${path}`])
    expect(new Set(API_ROUTES.map(key)).size).toBe(API_ROUTES.length);
});

test.each(table)(
  "B1-E1: %s says who may call it, in a way that the permission table knows",
  (_name, route) => {
    const { admits, action, path, params } = route;
    expect(admits === "member").toBe(path === "/orgs/:orgId" || path.startsWith("/orgs/:orgId/"));
    if (admits === "member") expect(ACTIONS).toContain(action);
    else expect([action, paramsOf(route).includes("orgId")]).toEqual([null, false]);
    const checked = params instanceof z.ZodObject ? Object.keys(params.shape) : [];
    expect(checked.sort()).toEqual(paramsOf(route).sort());
  },
);

type Schema = Record<string, unknown>;
/** Every object in a schema that takes fields which it does not name. */
function openObjects(schema: unknown, at = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, additionalProperties } = schema as Schema;
  const isOpen = properties !== undefined && additionalProperties !== false;
  const below = Object.entries(schema).flatMap(([name, part]) => openObjects(part, `${at}/${name}`));
  return [...(isOpen ? [at] : []), ...below];
}

const withBody = table.filter(([, { body }]) => body);
test.each(withBody)("B1-I2: %s takes the fields that it names and no others", (_name, { body }) => {
  expect(openObjects(z.toJSONSchema(body as z.ZodType, { io: "input", unrepresentable: "any" }))).toEqual([]);
});

const answering = table.filter(([, { download, status }]) => !download && status !== 204);
test.each(answering)("B1-I2: %s tells the fields that it names and no others", (_name, { answer }) => {
  expect(openObjects(z.toJSONSchema(answer, { io: "output", unrepresentable: "any" }))).toEqual([]);
});

const camel = (column: string) => column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
/** Every field of every stored row, by both of its names, as somebody would have it who wants to be more. */
const STORED = Object.fromEntries(
  Object.values(COLUMNS).flatMap((columns) =>
    Object.entries(columns).flatMap(([column, kind]) => {
      const value =
        column === "role" ? "admin" : kind.startsWith("int") ? 1 : "01890000-0000-7000-8000-0000000000aa";
      return [column, camel(column)].map((name) => [name, value]);
    }),
  ),
);

describe("a hub with everything in its file", () => {
  let bed: ApiBed;
  let url: string;
  let drop: () => Promise<void>;
  let ids: Record<string, string>;
  beforeAll(async () => {
    const [{ open }] = (await testDatabases()) as [Awaited<ReturnType<typeof testDatabases>>[0]];
    const opened = await open();
    ({ url, drop } = opened);
    bed = await openApiBed({ store: opened.store });
    const { orgId, site } = await newSite(bed, "Acme");
    const [device] = (await bed.hub.services.devices(ownerOf(orgId), { limit: 1 })).items;
    ids = { orgId, folderId: orgId, agentId: site.identity.agentId, deviceId: device?.id ?? "" };
  });
  afterAll(async () => {
    await bed.app.close();
    await bed.hub.stop();
    await drop();
  });

  const urlOf = ({ path }: ApiRoute) =>
    API_PREFIX +
    path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? "01890000-0000-7000-8000-00000000abcd");

  const send = (route: ApiRoute, payload: string, type = "application/json") => {
    const headers = route.admits === "operator" ? bed.operator : bed.signIn();
    const extra = { "content-type": type, ...(route.versioned && { "if-match": '"1"' }) };
    return bed.app.inject({
      method: route.method,
      url: urlOf(route),
      headers: { ...headers, ...extra },
      payload,
    });
  };

  function rows(): string {
    const db = new Sqlite(url.slice("sqlite:".length), { readonly: true });
    const names = db
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .pluck()
      .all();
    const found = names.map((name) => [
      name,
      db
        .prepare(`select * from "${String(name)}"`)
        .raw()
        .all(),
    ]);
    db.close();
    return JSON.stringify(found);
  }

  test.each(withBody)(
    "B1-I2: %s changes nothing for a body with every field of the stored rows",
    async (_name, route) => {
      const before = rows();
      const named = route.body instanceof z.ZodObject ? Object.keys(route.body.shape) : [];
      const own = Object.fromEntries(named.map((name) => [name, STORED[name] ?? "x"]));
      for (const payload of [
        STORED,
        { ...STORED, ...own },
        { ...own, role: "admin", owner: true, version: 9 },
      ]) {
        const answer = await send(route, JSON.stringify(payload));
        expect([
          answer.statusCode >= 400 && answer.statusCode < 500,
          fromProblem(answer.json()) !== undefined,
        ]).toEqual([true, true]);
      }
      expect(rows()).toBe(before);
    },
  );

  test.each(withBody)(
    "B1-D1 B1-D2: %s reads no body that is too large, too deep or no JSON",
    async (_name, route) => {
      const before = rows();
      const code = async (payload: string, type?: string) =>
        fromProblem((await send(route, payload, type)).json())?.code;
      const large = `{"x":"${"x".repeat(1_100_000)}"}`;
      // Whoever may not do it here at all is told so before the body is looked at.
      const door = ["FORBIDDEN", "NOT_FOUND", "STEP_UP_REQUIRED"];
      expect(["MESSAGE_TOO_LARGE", ...door]).toContain(await code(large));
      for (const payload of [
        "",
        "{",
        "[]",
        `${'{"a":'.repeat(100)}1${"}".repeat(100)}`,
        '{"__proto__":{"role":"admin"}}',
        '{"x":1e999}',
      ])
        expect(["MESSAGE_INVALID", ...door]).toContain(await code(payload));
      for (const type of ["text/plain", "application/xml", "application/octet-stream"])
        expect(["MEDIA_TYPE_UNKNOWN", ...door]).toContain(await code("{}", type));
      expect(rows()).toBe(before);
    },
  );
});

interface Described {
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly { name: string; in: string; required: boolean }[];
  readonly responses: Readonly<Record<string, { content?: object; description: string }>>;
  readonly "x-fyr-admits": string;
  readonly "x-fyr-action"?: string;
}

describe("the API's document", () => {
  const { paths } = apiDocument(API_PREFIX, API_ROUTES) as {
    paths: Record<string, Record<string, Described>>;
  };
  const of = ({ method, path }: ApiRoute) =>
    paths[API_PREFIX + path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()] as Described;

  test.each(table)(
    "%s is described with who may call it, what it wants, and how it refuses",
    (_name, route) => {
      const { security, parameters = [], responses, ...said } = of(route);
      const schemes = security.flatMap((each) => Object.keys(each));
      expect([said["x-fyr-admits"], said["x-fyr-action"] ?? null]).toEqual([route.admits, route.action]);
      expect(schemes.includes("operator")).toBe(["operator", "known"].includes(route.admits));
      if (route.action) expect(schemes.includes("key")).toBe(PERMISSIONS[route.action].service);
      if (schemes.includes("session")) expect(schemes.includes("page")).toBe(route.method !== "GET");
      const wanted = parameters.map(({ name }) => name);
      expect(wanted.includes("If-Match")).toBe(route.versioned ?? false);
      expect(wanted.includes("Idempotency-Key")).toBe(route.repeatable ?? false);
      expect(responses["429"]?.description).toContain("TOO_MANY_REQUESTS");
      expect(responses["401"] !== undefined).toBe(route.admits !== "anyone");
      if (route.versioned) expect([responses["412"], responses["428"]]).not.toContain(undefined);
      if (route.status === 204) expect(responses["204"]?.content).toBeUndefined();
      if (route.download) expect(Object.keys(responses["200"]?.content ?? {})).toEqual(route.download);
    },
  );
});
