import { AccountId, fromProblem, type OrgId } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { joinNew } from "../../testing/people.ts";
import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

const SUPPORT = "https://support.example/fyr";
let bed: ApiBed;
let orgId: OrgId;
beforeAll(async () => {
  bed = await openApiBed({ support: SUPPORT });
});
beforeEach(async () => {
  ({ orgId } = await newSite(bed, "Acme"));
});
afterAll(() => bed.close());

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
interface Sent {
  readonly payload?: object;
  readonly as?: AccountId;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (method: Method, path: string, { payload, as, headers }: Sent = {}): Promise<Response> =>
  bed.app.inject({
    ...{ method, url: `${API_PREFIX}${path}` },
    ...(payload && { payload }),
    headers: { ...bed.signIn(as && { accountId: as }), ...headers },
  });
const archive = (payload: object, more: Sent = {}) =>
  ask("POST", `/orgs/${orgId}/archive`, { payload, ...more });
const ticked = () => ({ id: orgId, riskUnderstood: true });
const STRANGER = AccountId.parse("01890000-0000-7000-8000-0000000000cc");

test("R-168 R-169 R-170: nothing is archived without the pasted id and the ticked box", async () => {
  for (const payload of [{}, { id: orgId }, { id: orgId, riskUnderstood: false }, { riskUnderstood: true }])
    expect((await archive(payload)).statusCode).toBe(400);
  const another = await archive({ id: STRANGER, riskUnderstood: true });
  expect([another.statusCode, fromProblem(another.json())?.code]).toEqual([422, "ORG_ID_MISMATCH"]);
  expect((await ask("GET", `/orgs/${orgId}`)).json()).toMatchObject({ archivedAt: null });
  const done = await archive(ticked());
  expect(done.json()).toMatchObject({ organisation: { id: orgId }, lost: { devices: 2, agents: 1 } });
});

test("C-21: an owner archives, an admin is told that only owners do, and nobody without a fresh factor", async () => {
  const admin = await joinNew(bed.hub, orgId, { role: "admin" });
  const refused = await archive(ticked(), { as: admin });
  expect([refused.statusCode, fromProblem(refused.json())?.code]).toEqual([403, "OWNER_ONLY"]);
  const stale = bed.signIn();
  await bed.hub.clock.advance(5 * 60_000 + 1);
  const old = await archive(ticked(), { headers: stale });
  expect([old.statusCode, fromProblem(old.json())?.code]).toEqual([403, "STEP_UP_REQUIRED"]);
  expect((await ask("GET", `/orgs/${orgId}`)).statusCode).toBe(200);
});

test("A-27 A-49: every route of an archived organisation answers 410 to its members, and 404 to others", async () => {
  const viewer = await joinNew(bed.hub, orgId, { role: "viewer" });
  expect((await archive(ticked())).statusCode).toBe(200);
  const archivedAt = bed.hub.clock.wall();
  const details = { orgId, archivedAt, support: SUPPORT };
  const routes = API_ROUTES.filter(({ admits }) => admits === "member");
  expect(routes.length).toBeGreaterThan(20);
  for (const { method, path, versioned } of routes) {
    const url = path.replace(":orgId", orgId).replaceAll(/:\w+/g, STRANGER);
    const headers = versioned ? { "if-match": '"1"' } : {};
    for (const as of [undefined, viewer]) {
      const answer = await ask(method, url, { headers, ...(as && { as }) });
      expect([url, answer.statusCode]).toEqual([url, 410]);
      expect(fromProblem(answer.json())).toMatchObject({ code: "ORG_ARCHIVED", details });
    }
    const other = await ask(method, url, { headers, as: STRANGER });
    expect([other.statusCode, other.body.includes(SUPPORT)]).toEqual([404, false]);
  }
});

test("A-27: a hub without a contact names none", async () => {
  const plain = await openApiBed();
  const { id } = await plain.hub.services.createOrganisation(FOUNDER, { name: "Acme" });
  await plain.hub.services.archiveOrganisation(ownerOf(id), { id, riskUnderstood: true });
  const answer = await plain.app.inject({ url: `${API_PREFIX}/orgs/${id}`, headers: plain.signIn() });
  expect(answer.json()).toMatchObject({ code: "ORG_ARCHIVED", details: { orgId: id } });
  expect(answer.json<{ details: object }>().details).not.toHaveProperty("support");
  await plain.close();
});

test("A-49 R-172: its former owner finds it under the archived ones, with its id", async () => {
  await archive(ticked());
  const ids = async (query: string) =>
    (await ask("GET", `/orgs${query}`)).json<{ items: { id: string }[] }>().items.map(({ id }) => id);
  expect(await ids("")).not.toContain(orgId);
  expect(await ids("?archived=true")).toContain(orgId);
});

test("R-011 R-012 R-013: whoever has no organisation makes one, and then others, and switches between them", async () => {
  const as = AccountId.parse("01890000-0000-7000-8000-0000000000dd");
  const names = async () =>
    (await ask("GET", "/orgs", { as })).json<{ items: { name: string }[] }>().items.map(({ name }) => name);
  expect(await names()).toEqual([]);
  for (const name of ["First", "Second"])
    expect((await ask("POST", "/orgs", { as, payload: { name } })).statusCode).toBe(201);
  expect(await names()).toEqual(["First", "Second"]);
});

test("R-161: name and notes are edited by the version that was read", async () => {
  const edit = (version: string, payload: object) =>
    ask("PATCH", `/orgs/${orgId}`, { payload, headers: { "if-match": version } });
  const before = await ask("GET", `/orgs/${orgId}`);
  const etag = String(before.headers["etag"]);
  const done = await edit(etag, { name: "Acme Nord", notes: "north of the river" });
  expect(done.json()).toMatchObject({ name: "Acme Nord", notes: "north of the river" });
  expect((await edit(etag, { name: "late" })).statusCode).toBe(412);
  const viewer = await joinNew(bed.hub, orgId, { role: "viewer" });
  const refused = await ask("PATCH", `/orgs/${orgId}`, {
    ...{ as: viewer, payload: { name: "x" }, headers: { "if-match": '"2"' } },
  });
  expect(fromProblem(refused.json())?.details).toMatchObject({ requiredRole: "admin", yourRole: "viewer" });
});

test("A-25: devices by a hidden folder are answered as by an unknown one, byte for byte", async () => {
  const folder = async (name: string) =>
    (await ask("POST", `/orgs/${orgId}/folders`, { payload: { name } })).json<{ id: string }>().id;
  const [seen, hidden] = [await folder("seen"), await folder("hidden")];
  const as = await joinNew(bed.hub, orgId, {
    role: "viewer",
    grants: [{ folderId: seen as never, role: "viewer" }],
  });
  for (const path of ["devices", "devices/count"]) {
    const by = (id: string) => ask("GET", `/orgs/${orgId}/${path}?folderId=${id}`, { as });
    const [one, none] = [await by(hidden), await by(STRANGER)];
    expect([one.statusCode, none.statusCode]).toEqual([404, 404]);
    expect(one.body).toBe(none.body);
    expect((await by(seen)).statusCode).toBe(200);
  }
});
