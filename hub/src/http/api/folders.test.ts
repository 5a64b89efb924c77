import { FolderId, fromProblem, type AccountId, type OrgId } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { joinNew } from "../../testing/people.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX } from "./routes/index.ts";

let bed: ApiBed;
let orgId: OrgId;
let lyon: FolderId;
let hidden: FolderId;
let viewer: AccountId;

type Method = "GET" | "POST" | "PATCH";
interface Sent {
  readonly payload?: object;
  readonly as?: AccountId;
  readonly headers?: Readonly<Record<string, string>>;
}

const ask = (method: Method, path: string, { payload, as, headers }: Sent = {}): Promise<Response> =>
  bed.app.inject({
    ...{ method, url: `${API_PREFIX}/orgs/${orgId}${path}` },
    ...(payload && { payload }),
    headers: { ...bed.signIn(as && { accountId: as }), ...headers },
  });

const made = async (name: string, parentId?: FolderId) =>
  (await ask("POST", "/folders", { payload: { name, ...(parentId && { parentId }) } })).json<{
    id: FolderId;
  }>().id;

beforeAll(async () => {
  bed = await openApiBed();
  ({ orgId } = await newSite(bed, "Acme"));
  lyon = await made("Lyon");
  hidden = await made("restructuring-2027");
  viewer = await joinNew(bed.hub, orgId, { role: "viewer", grants: [{ folderId: lyon, role: "viewer" }] });
});
afterAll(() => bed.close());

const UNKNOWN = FolderId.parse("01890000-0000-7000-8000-00000000abcd");

test("A-20 A-25: a hidden folder is answered as an unknown one, byte for byte", async () => {
  const paths = (id: FolderId) => [`/folders/${id}`, `/folders/${id}/applications`];
  for (const [at, path] of paths(hidden).entries()) {
    const [of, nowhere] = [
      await ask("GET", path, { as: viewer }),
      await ask("GET", paths(UNKNOWN)[at] ?? "", { as: viewer }),
    ];
    expect(of.statusCode).toBe(404);
    expect(of.body).toBe(nowhere.body);
    // What is left of the caller's requests counts down.
    const headers = ({ headers: { date: _, ratelimit: __, ...told } }: Response) => told;
    expect(headers(of)).toEqual(headers(nowhere));
  }
});

test("A-16 A-24: a viewer's tree holds what was granted and names nothing else", async () => {
  const { body } = await ask("GET", "/folders", { as: viewer });
  expect(JSON.parse(body)).toMatchObject({ items: [{ id: lyon, parentId: null }], next: null });
  expect(body).not.toContain("restructuring");
  expect(body).not.toContain("Acme");
});

test("A-21 A-53: whoever may not edit is told which role is missing, and learns no name", async () => {
  for (const parentId of [lyon, hidden, UNKNOWN]) {
    const answer = await ask("POST", "/folders", { as: viewer, payload: { name: "x", parentId } });
    expect(answer.statusCode).toBe(403);
    expect(fromProblem(answer.json())?.details).toMatchObject({ requiredRole: "admin", yourRole: "viewer" });
  }
});

test("R-051: nothing is deleted before the box is ticked", async () => {
  const id = await made("to go");
  const headers = { "if-match": '"1"' };
  for (const payload of [{}, { riskUnderstood: false }, { riskUnderstood: "true" }])
    expect((await ask("POST", `/folders/${id}/delete`, { payload, headers })).statusCode).toBe(400);
  expect((await ask("GET", `/folders/${id}`)).statusCode).toBe(200);
  const payload = { riskUnderstood: true };
  expect((await ask("POST", `/folders/${id}/delete`, { payload, headers })).statusCode).toBe(204);
  expect((await ask("GET", `/folders/${id}`)).statusCode).toBe(404);
});

test("R-054: the warnings come in the language that the reader asks for", async () => {
  const texts = async (language: string) =>
    (await ask("GET", `/folders/${lyon}/deletion`, { headers: { "accept-language": language } })).body;
  expect(await texts("fr-CH, fr;q=0.9")).toContain("support technique");
  expect(await texts("en")).toContain("technical support");
});

test("an edit without If-Match, or with an old one, changes nothing", async () => {
  const id = await made("edited");
  const rename = (headers = {}) => ask("PATCH", `/folders/${id}`, { payload: { name: "renamed" }, headers });
  expect((await rename()).statusCode).toBe(428);
  expect((await rename({ "if-match": '"7"' })).statusCode).toBe(412);
  const done = await rename({ "if-match": '"1"' });
  expect(done.statusCode).toBe(200);
  expect(done.headers["etag"]).toMatch(/^"2[."]/);
});

test("A-13: a move is previewed by the address that makes it", async () => {
  const id = await made("Hall");
  const told = await ask("GET", `/folders/${id}/move?parentId=${lyon}`);
  expect(told.json()).toMatchObject({ gains: [{ memberId: viewer, after: "viewer" }], loses: [] });
  const headers = { "if-match": '"1"' };
  expect(
    (await ask("POST", `/folders/${id}/move`, { payload: { parentId: lyon }, headers })).statusCode,
  ).toBe(200);
  expect((await ask("GET", `/folders/${id}`, { as: viewer })).statusCode).toBe(200);
});
