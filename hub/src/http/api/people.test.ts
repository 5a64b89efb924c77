import type { OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "../../access/caller.ts";
import { PASSWORD } from "../../accounts/testing/bed.ts";
import { readMail } from "../../mail/post.ts";
import { ownerOf } from "../../testing/members.ts";
import { join, newPerson } from "../../testing/people.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { FRESH_MS } from "../../accounts/times.ts";
import { API_PREFIX } from "./routes/index.ts";

let bed: ApiBed;
let orgId: OrgId;
let owner: Person;
const ABSENT = "01890000-0000-7000-8000-00000000abcd";

beforeAll(async () => {
  bed = await openApiBed();
  owner = await somebody();
  orgId = (await bed.hub.services.createOrganisation(owner, { name: "Harbour" })).id;
});
afterAll(() => bed.close());

const town = () => ({ store: bed.hub.store, ids: bed.hub.ports.ids });
const somebody = () => newPerson(town());
const member = async (held: Parameters<typeof join>[3] = {}) => {
  const person = await somebody();
  await join(town(), orgId, person, held);
  return person;
};
type Headers = Readonly<Record<string, string>>;
const browser = ({ accountId, sessionId }: Person): Headers => bed.signIn({ accountId, sessionId });
const ask = (
  headers: Headers,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  payload?: object,
) => bed.app.inject({ method, url: `${API_PREFIX}${path}`, headers, ...(payload && { payload }) });

test("R-037 A-46: the request after a removal finds no organisation, a thousand times over", async () => {
  const admin = browser(owner);
  for (let round = 0; round < 50; round++) {
    const person = await member();
    const theirs = browser(person);
    expect((await ask(theirs, "GET", `/orgs/${orgId}/members`)).statusCode).toBe(200);
    const gone = await ask(admin, "DELETE", `/orgs/${orgId}/members/${person.accountId}`);
    expect(gone.statusCode).toBe(204);
    for (const path of ["", "/members", `/members/${person.accountId}`, "/devices", "/audit"])
      for (let n = 0; n < 4; n++)
        expect((await ask(theirs, "GET", `/orgs/${orgId}${path}`)).statusCode).toBe(404);
  }
});

test("R-037: the request after a demotion is judged by the new role", async () => {
  const person = await member({ role: "admin" });
  const theirs = browser(person);
  expect((await ask(theirs, "GET", `/orgs/${orgId}/invitations`)).statusCode).toBe(200);
  const path = `/orgs/${orgId}/members/${person.accountId}`;
  const seen = await ask(browser(owner), "GET", path);
  const change = { role: "viewer", grants: [] };
  const headers = { ...browser(owner), "if-match": String(seen.headers.etag) };
  expect((await ask(headers, "PUT", `${path}/access`, change)).statusCode).toBe(200);
  expect((await ask(theirs, "GET", `/orgs/${orgId}/invitations`)).json()).toMatchObject({
    ...{ status: 403, code: "FORBIDDEN" },
  });
  expect((await ask(headers, "PUT", `${path}/access`, change)).statusCode).toBe(412);
});

test("A-20: a person of another organisation is answered as one who does not exist, byte by byte", async () => {
  const stranger = await somebody();
  const other = await bed.hub.services.createOrganisation(stranger, { name: "Globex" });
  const headers = browser(owner);
  for (const [method, rest, payload] of [
    ["GET", "", undefined],
    ["DELETE", "", undefined],
    ["POST", "/access/preview", { role: "viewer", grants: [] }],
    ["POST", "/confirm", undefined],
    ["POST", "/factor/reset", { reason: "lost" }],
  ] as const) {
    const answers: string[] = [];
    for (const id of [stranger.accountId, ABSENT]) {
      const answer = await ask(headers, method, `/orgs/${orgId}/members/${id}${rest}`, payload);
      expect(answer.statusCode).toBe(404);
      answers.push(answer.body.replaceAll(id, "ID"));
    }
    expect(answers[0]).toBe(answers[1]);
  }
  expect((await ask(headers, "GET", `/orgs/${other.id}/members`)).statusCode).toBe(404);
});

test("B4-S1: what gives power wants a second factor of the last five minutes", async () => {
  const person = await member();
  const at = `/orgs/${orgId}/members/${person.accountId}`;
  const tickets = { name: "T", role: "viewer" as const, grants: [] };
  const program = await bed.hub.services.serviceAccounts.create(
    { ...ownerOf(orgId), principalId: owner.accountId, caller: owner },
    tickets,
  );
  const keys = `/orgs/${orgId}/service-accounts/${program.id}/keys`;
  const stale = { ...browser(owner), "if-match": '"1"' };
  await bed.hub.clock.advance(FRESH_MS + 1);
  for (const [method, path, payload] of [
    ["PUT", `${at}/access`, { role: "admin", grants: [] }],
    ["PUT", `${at}/owner`, { owner: true }],
    ["POST", `${at}/confirm`, undefined],
    ["POST", `${at}/factor/reset`, { reason: "lost" }],
    ["POST", `/orgs/${orgId}/hand-over`, { to: person.accountId }],
    ["POST", `/orgs/${orgId}/service-accounts`, tickets],
    ["POST", keys, { name: "key" }],
  ] as const) {
    expect((await ask(stale, method, path, payload)).json(), path).toMatchObject({
      code: "STEP_UP_REQUIRED",
    });
  }
});

test("R-017 R-018: operators and viewers are invited with folders, admins without", async () => {
  const headers = browser(owner);
  for (const [role, folderIds] of [
    ["operator", []],
    ["viewer", []],
    ["admin", [orgId]],
  ] as const) {
    const wish = { emails: ["new@acme.example"], role, folderIds };
    expect((await ask(headers, "POST", `/orgs/${orgId}/invitations`, wish)).json()).toMatchObject({
      code: "MESSAGE_INVALID",
    });
  }
});

test("R-019 R-020 A-39: from the letter over registration into the organisation", async () => {
  const email = "newcomer@acme.example";
  const wish = { emails: [email], role: "viewer", folderIds: [orgId] };
  expect((await ask(browser(owner), "POST", `/orgs/${orgId}/invitations`, wish)).statusCode).toBe(200);
  const { store, ports } = bed.hub;
  const [mail] = await store.read.mails.page({ to: email }, { limit: 1 });
  const token = /#([\w-]{43})$/m.exec((mail && readMail(mail, ports.sealing)?.text) ?? "")?.[1] ?? "";
  const seen = await ask({}, "POST", "/invitations/view", { token });
  expect(seen.json()).toMatchObject({ organisation: "Harbour", email });
  const facts = { token, password: PASSWORD, name: "New Comer" };
  const made = await ask({}, "POST", "/invitations/registration", facts);
  expect([made.statusCode, made.json()]).toMatchObject([201, { factor: "not_set_up" }]);
  const account = await store.read.accounts.byEmail(mail?.to as never);
  const person = { ...owner, accountId: account?.id ?? owner.accountId };
  const joined = await ask(browser(person), "POST", "/invitations/accept", { token });
  expect(joined.json()).toEqual({ orgId, role: "viewer", pendingRole: null });
  expect((await ask(browser(person), "GET", `/orgs/${orgId}`)).statusCode).toBe(200);
  for (const path of ["/invitations/view", "/invitations/accept"])
    expect((await ask(browser(person), "POST", path, { token })).json()).toMatchObject({
      ...{ status: 410, code: "INVITATION_INVALID" },
    });
});

test("a program's key opens its organisation with its role, no other, and nothing once it is revoked", async () => {
  const headers = browser(owner);
  const all = `/orgs/${orgId}/service-accounts`;
  const made = await ask(headers, "POST", all, { name: "Export", role: "admin", grants: [] });
  const keys = `${all}/${made.json<{ id: string }>().id}/keys`;
  const scope = { name: "nightly", scope: ["user.list"] };
  const { key, token } = (await ask(headers, "POST", keys, scope)).json<{
    key: { id: string };
    token: string;
  }>();
  const program = { authorization: `Bearer ${token}` };
  expect((await ask(program, "GET", `/orgs/${orgId}/members`)).statusCode).toBe(200);
  expect((await ask(program, "GET", `/orgs/${orgId}/devices`)).statusCode).toBe(403);
  expect((await ask(program, "GET", `/orgs/${orgId}/invitations`)).statusCode).toBe(403);
  expect((await ask(program, "GET", `/orgs/${ABSENT}/members`)).statusCode).toBe(404);
  expect((await ask(headers, "DELETE", `${keys}/${key.id}`)).statusCode).toBe(204);
  expect((await ask(program, "GET", `/orgs/${orgId}/members`)).statusCode).toBe(401);
});
