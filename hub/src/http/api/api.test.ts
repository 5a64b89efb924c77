import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { join, newPerson } from "../../testing/people.ts";
import { msiFile, packedImage, rawImage } from "@fyr/certs/testing";
import { AccountId, DEFAULT_THRESHOLDS, fromProblem, type OrgId } from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import type { InjectOptions, LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { serverHealth, serverReport } from "../../testing/server.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

let bed: ApiBed;
/** Ids that exist, by parameter, of two organisations. */
let mine: Record<string, string>;
let theirs: Record<string, string>;
const image = await packedImage("gzip", {
  version: "12.11.77",
  models: ["P3265-V"],
  hardwareIds: ["7A1"],
  content: systemRandom.bytes(200_000),
});

beforeAll(async () => {
  bed = await openApiBed();
  const imported = await ask({ method: "POST", url: "/images", payload: image, headers: FILE });
  const digest = imported.json<{ digest: string }>().digest;
  mine = await populated("Acme", digest);
  theirs = await populated("Globex", digest);
});
afterAll(() => bed.close());

const FILE = { "content-type": "application/octet-stream" };
const JSON_TYPE = { "content-type": "application/json" };

type Wish = Omit<InjectOptions, "url"> & { url: string; anonymous?: boolean };

/** A request below `/api/v1`, of the hub's operator where images change and of the founder everywhere else. */
async function ask({ url, headers, anonymous, ...wish }: Wish): Promise<Response> {
  const isOperators = url.startsWith("/licences") || (wish.method !== "GET" && url.startsWith("/images"));
  const own = anonymous ? {} : isOperators ? bed.operator : bed.signIn();
  const all = { ...own, ...headers };
  return bed.app.inject({ ...wish, url: `${API_PREFIX}${url}`, headers: all });
}

async function populated(name: string, digest: string): Promise<Record<string, string>> {
  const { orgId, site } = await newSite(bed, name);
  const [device] = (await bed.hub.services.devices(ownerOf(orgId), { limit: 1 })).items;
  const disk = { name: "D:", use: "recordings", totalBytes: 100, freeBytes: 1 } as const;
  await site.sync({ servers: [serverReport({}, { health: serverHealth({ volumes: [disk] }) })] });
  const [alert] = (await bed.hub.services.alerts(ownerOf(orgId), {}, { limit: 1 })).items;
  const [server] = (await bed.hub.services.servers(ownerOf(orgId), { limit: 1 })).items;
  const targets = [{ deviceId: device?.id, digest }];
  const made = await ask({ method: "POST", url: `/orgs/${orgId}/upgrades`, payload: { targets } });
  expect(made.statusCode).toBe(201);
  const upgradeId = made.json<{ id: string }>().id;
  const [task] = (await bed.hub.services.tasks(ownerOf(orgId), {}, { limit: 1 })).items;
  return {
    orgId,
    grantId: (await bed.hub.services.grantSupport(ownerOf(orgId), { reason: "x", forMs: 60_000 })).id,
    folderId: (await bed.hub.services.folders.create(ownerOf(orgId), { name: "Lyon" })).id,
    agentId: site.identity.agentId,
    deviceId: device?.id ?? "",
    upgradeId,
    taskId: task?.id ?? "",
    sessionId: "01890000-0000-7000-8000-000000005e55",
    serverId: server?.id ?? "",
    ...(await peopled(orgId)),
    alertId: alert?.id ?? "",
  };
}

/** A member, somebody who is invited, and a program with a key. */
async function peopled(orgId: OrgId): Promise<Record<string, string>> {
  const { services, store, ports } = bed.hub;
  const person = await newPerson({ store, ids: ports.ids });
  await join({ store }, orgId, person);
  const owner = ownerOf(orgId);
  const emails = [`new-in-${orgId}@acme.example`];
  const sent = await services.invitations.invite(owner, { emails, role: "admin", folderIds: [] });
  const program = { name: "Tickets", role: "viewer" as const, grants: [] };
  const { id: serviceAccountId } = await services.serviceAccounts.create(owner, program);
  const key = { name: "key", scope: null, days: 1 };
  const made = await services.serviceAccounts.createKey(owner, serviceAccountId, key);
  const invitationId = sent.items[0]?.invitation?.id ?? "";
  return { accountId: person.accountId, invitationId, serviceAccountId, keyId: made.key.id };
}

/** Everything that the hub would tell about itself. */
async function everything(): Promise<string> {
  const { services } = bed.hub;
  const page = { limit: 500 };
  const orgs = (await services.organisations(FOUNDER, page)).items;
  const of = (orgId: OrgId) =>
    Promise.all([
      services.agents(ownerOf(orgId), page),
      services.devices(ownerOf(orgId), page),
      services.folders.list(ownerOf(orgId), page),
      services.upgrades(ownerOf(orgId), page),
      services.tasks(ownerOf(orgId), {}, page),
      services.servers(ownerOf(orgId), page),
      services.audit(ownerOf(orgId), page),
    ]);
  const own = await services.audit(ownerOf(HUB_ORG), page);
  return JSON.stringify([
    orgs,
    own,
    await services.images(page),
    await Promise.all(orgs.map(({ id }) => of(id))),
  ]);
}

async function refused(wish: Wish, code: string): Promise<Response> {
  const before = await everything();
  const answer = await ask(wish);
  if (wish.method !== "HEAD") {
    const fault = fromProblem(answer.json());
    expect(fault?.code).toBe(code);
    expect(answer.statusCode).toBe(fault?.status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  }
  expect(await everything()).toBe(before);
  return answer;
}

const urlOf = ({ name: route, path }: ApiRoute, ids: Record<string, string> = mine): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? "") + (QUERIES[route]?.() ?? "");

const paramsOf = ({ path }: ApiRoute): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);

const table = API_ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
const closed = table.filter(([, { admits }]) => admits !== "anyone");
const withBody = table.filter(([, { body }]) => body);
const withParams = table.filter(([, route]) => paramsOf(route).length > 0);
const pages = table.filter(([, { name }]) => name.startsWith("list"));

const ABOUT_PEOPLE = {
  previewAccess: () => ({ role: "viewer", grants: [] }),
  changeAccess: () => ({ role: "viewer", grants: [] }),
  markOwner: () => ({ owner: true }),
  handOver: () => ({ to: mine["accountId"] }),
  removeMembers: () => ({ accountIds: [mine["accountId"]] }),
  resetMemberFactor: () => ({ reason: "lost" }),
  invite: () => ({ emails: ["somebody@acme.example"], role: "admin", folderIds: [] }),
  changeInvitation: () => ({ role: "admin", folderIds: [] }),
  viewInvitation: () => ({ token: "x" }),
  acceptInvitation: () => ({ token: "x" }),
  registerInvited: () => ({ token: "x", password: "three little words", name: "Ada" }),
  createServiceAccount: () => ({ name: "program", role: "viewer", grants: [] }),
  changeServiceAccess: () => ({ role: "viewer", grants: [] }),
};

const SOME_ID = "01890000-0000-7000-8000-00000000beef";
const LINE = { product: "DM", type: "CORE", kind: "subscription", qty: 1 };
const LICENCE_BODIES: Readonly<Record<string, object>> = {
  startSubscription: { product: "DM" },
  redeemKey: { key: "no key" },
  allocateLicences: { product: "DM", years: [{ index: 0, items: { CORE: 1 } }] },
  releaseLicences: { allocation: SOME_ID },
  transferLicences: { to: SOME_ID, lines: [LINE] },
  extendSystem: { systemId: SOME_ID, items: { CORE: 1 } },
  upgradeLicences: { product: "VMS", type: "ACS5-PRO", qty: 1 },
  chooseUncovered: { product: "DM", devices: [] },
  uploadSystemFile: { file: "x" },
  issueLicenceFile: { systemId: SOME_ID },
  registerHardware: { hardware: "RX-1", name: "Recorder" },
  removeSystem: { systemId: SOME_ID },
  issueKeys: { kind: "subscription", product: "DM", items: [{ type: "CORE", qty: 1 }], batch: "b" },
  voidKey: { key: "no key", reason: "lost" },
  announceHardware: { hardware: "RX-1", product: "VMS", items: { CORE: 1 } },
  replaceHardware: { orgId: SOME_ID, from: "a", to: "b", reason: "broken" },
  setAnchor: { orgId: SOME_ID, anchor: "2026-01-01", reason: "asked" },
};

const movedDevices = () => ({ deviceIds: [mine["deviceId"]], folderId: mine["folderId"] });

/** Of routes about organisations, folders and what is in them. */
const PLACE_BODIES: Readonly<Record<string, () => object>> = {
  archiveOrganisation: () => ({ id: mine["orgId"], riskUnderstood: true }),
  editOrganisationSettings: () => ({ operatorsMayUpgrade: false }),
  grantSupport: () => ({ reason: "case 4711", forMs: 3_600_000 }),
  moveDevice: () => ({ folderId: mine["folderId"] }),
  moveDevices: movedDevices,
  previewDeviceMove: movedDevices,
  moveFolder: () => ({ parentId: mine["orgId"] }),
  deleteFolder: () => ({ riskUnderstood: true }),
};

/** A body that would be taken, so that only what a test spoils is wrong. */
function goodBody({ name }: ApiRoute): object {
  if (name === "createUpgrade") return { targets: [{ deviceId: mine["deviceId"], digest: "ab".repeat(32) }] };
  if (["upgradeServer", "previewServerUpgrade"].includes(name)) return { deadline: 9_000_000_000_000 };
  if (name === "acknowledgeAlert") return { comment: "seen" };
  if (name === "muteAlert") return { until: null };
  if (name.startsWith("set") && name.endsWith("Monitoring")) return { cpu: DEFAULT_THRESHOLDS.cpu };
  if (name === "moveServer") return { folderId: mine["orgId"] };
  if (name in ABOUT_PEOPLE) return ABOUT_PEOPLE[name as keyof typeof ABOUT_PEOPLE]();
  if (name === "publishMetadata") return { files: {} };
  if (Object.hasOwn(PLACE_BODIES, name)) return PLACE_BODIES[name]?.() ?? {};
  if (Object.hasOwn(LICENCE_BODIES, name)) return LICENCE_BODIES[name] ?? {};
  return { name: "one more" };
}

/** Where a route cannot do without. */
const QUERIES: Readonly<Record<string, () => string>> = {
  previewFolderMove: () => `?parentId=${mine["orgId"]}`,
};

const good = (route: ApiRoute): Wish => ({
  method: route.method,
  url: urlOf(route),
  ...(route.versioned && { headers: { "if-match": '"1"' } }),
  ...(route.body && { payload: goodBody(route) }),
  ...(route.upload && { payload: image, headers: FILE }),
});

test.each(closed)("%s is nobody's who does not show who it is", async (_name, route) => {
  const wrong = bed.token.slice(0, -1) + (bed.token.endsWith("A") ? "B" : "A");
  for (const authorization of [
    undefined,
    "",
    "Bearer",
    `Bearer ${wrong}`,
    `Basic ${bed.token}`,
    bed.token,
    `Bearer ${bed.token}x`,
  ]) {
    const headers = { ...good(route).headers, ...(authorization !== undefined && { authorization }) };
    await refused({ ...good(route), headers, anonymous: true }, "UNAUTHENTICATED");
  }
  await refused(
    { ...good(route), url: `${urlOf(route)}?token=${bed.token}`, anonymous: true },
    "UNAUTHENTICATED",
  );
});

test.each(table)("%s knows its methods and no other", async (_name, { path }) => {
  const known = new Set(API_ROUTES.filter((each) => each.path === path).map(({ method }): string => method));
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const) {
    if (!known.has(method)) await refused({ method, url: urlOf({ path } as ApiRoute) }, "METHOD_UNKNOWN");
  }
});

test.each(withParams)(
  "%s finds nothing under an id that is malformed, absent or another's",
  async (_name, route) => {
    const absent = "01890000-0000-7000-8000-00000000abcd";
    for (const param of paramsOf(route)) {
      for (const id of ["x", "1", "..%2f..", "%00", "' or 1=1", "a".repeat(99), absent]) {
        await refused(
          { ...good(route), url: urlOf(route, { ...mine, [param]: encodeURI(id) }) },
          "NOT_FOUND",
        );
      }
      if (param === "orgId") continue;
      const foreign = await refused(
        { ...good(route), url: urlOf(route, { ...mine, [param]: theirs[param] ?? "" }) },
        "NOT_FOUND",
      );
      const missing = await ask({ ...good(route), url: urlOf(route, { ...mine, [param]: absent }) });
      expect(foreign.body.replaceAll(theirs[param] ?? "", "")).toBe(missing.body.replaceAll(absent, ""));
    }
  },
);

test.each(withBody)("%s refuses a body that is malformed, oversized or no JSON", async (_name, route) => {
  const spoiled = [
    "",
    "{",
    "null",
    "7",
    "[]",
    "{}",
    `{"${"x".repeat(100)}":1}`,
    JSON.stringify({ ...goodBody(route), surplus: true }),
    `{"__proto__":{"admin":true},"name":"x"}`,
    `${'{"a":'.repeat(40)}1${"}".repeat(40)}`,
    '{"name":1e400}',
    '{"name":""}',
    '{"name":"a\\u0000b"}',
    JSON.stringify({ name: "x".repeat(200) }),
    '{"targets":[]}',
    '{"targets":[{"deviceId":"x","digest":"y"}]}',
    '{"files":{"timestamp.json":{"signed":{},"signatures":[]}}}',
    '{"files":{"../2.root.json":{"signed":{},"signatures":[]}}}',
  ];
  const isFull = (payload: string) => payload !== "{}" || !route.body?.safeParse({}).success;
  for (const payload of spoiled.filter(isFull))
    await refused({ ...good(route), payload, headers: JSON_TYPE }, "MESSAGE_INVALID");
  const large = JSON.stringify({ name: "x".repeat(1_100_000) });
  await refused({ ...good(route), payload: large, headers: JSON_TYPE }, "MESSAGE_TOO_LARGE");
  const body = JSON.stringify(goodBody(route));
  for (const type of ["text/plain", "application/xml", "multipart/form-data", "application/octet-stream"]) {
    await refused({ ...good(route), payload: body, headers: { "content-type": type } }, "MEDIA_TYPE_UNKNOWN");
  }
});

test.each(pages)("%s refuses a page that there cannot be", async (_name, route) => {
  for (const query of [
    "limit=0",
    "limit=501",
    "limit=-1",
    "limit=x",
    "limit=1.5",
    `after=${"x".repeat(300)}`,
  ]) {
    await refused({ method: "GET", url: `${urlOf(route)}?${query}` }, "MESSAGE_INVALID");
  }
});

test("tasks are filtered by what exists", async () => {
  const { orgId, upgradeId } = mine;
  const found = await ask({ method: "GET", url: `/orgs/${orgId}/tasks?upgradeId=${upgradeId}` });
  expect(found.json<{ items: unknown[] }>().items).toHaveLength(1);
  for (const query of ["phase=asleep", "upgradeId=x"]) {
    await refused({ method: "GET", url: `/orgs/${orgId}/tasks?${query}` }, "MESSAGE_INVALID");
  }
});

test("pages follow their Link to the end, each item once", async () => {
  const seen: string[] = [];
  for (let url: string | undefined = `/orgs/${mine["orgId"]}/devices?limit=1`; url;) {
    const answer: Response = await ask({ method: "GET", url });
    seen.push(...answer.json<{ items: { id: string }[] }>().items.map(({ id }) => id));
    url = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(String(answer.headers["link"] ?? ""))?.[1];
  }
  expect(seen).toHaveLength(2);
  expect(new Set(seen).size).toBe(2);
});

test("the same key with the same body is the same upgrade; with another it is refused", async () => {
  const { orgId } = mine;
  const [, device] = (await bed.hub.services.devices(ownerOf(orgId as OrgId), { limit: 2 })).items;
  const digest = bed.library.all()[0]?.digest;
  const wish = {
    method: "POST" as const,
    url: `/orgs/${orgId}/upgrades`,
    headers: { "idempotency-key": "once-only" },
    payload: { targets: [{ deviceId: device?.id, digest }] },
  };
  const [first, second] = [await ask(wish), await ask(wish)];
  expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
  expect(second.json<{ id: string }>().id).toBe(first.json<{ id: string }>().id);
  const other = { ...wish, payload: { ...wish.payload, backup: "required" } };
  await refused(other, "IDEMPOTENCY_MISMATCH");
  for (const key of ["", " ", "x".repeat(201), "é"]) {
    await refused({ ...wish, headers: { "idempotency-key": key } }, "MESSAGE_INVALID");
  }
  await refused({ ...wish, headers: {} }, "UPGRADE_ACTIVE");
});

test("a founder who repeats a request under its key makes one organisation; another person makes another", async () => {
  const headers = bed.signIn();
  const wish = (name: string, from = headers) => ({
    ...{ method: "POST" as const, url: "/orgs", payload: { name } },
    headers: { ...from, "idempotency-key": "assistant" },
  });
  const [first, second] = [await ask(wish("Umbrella")), await ask(wish("Umbrella"))];
  expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
  expect(second.json()).toEqual(first.json());
  await refused(wish("Umbrella Two"), "IDEMPOTENCY_MISMATCH");
  const other = bed.signIn({ accountId: AccountId.parse("01890000-0000-7000-8000-0000000000ac") });
  const theirs = await ask(wish("Umbrella", other));
  expect(theirs.json<{ id: string }>().id).not.toBe(first.json<{ id: string }>().id);
});

test("a folder and invitations that are asked for again under their key are made once", async () => {
  const { orgId } = mine;
  const folder = { method: "POST" as const, url: `/orgs/${orgId}/folders`, payload: { name: "Annexe" } };
  const keyed = { ...folder, headers: { "idempotency-key": "annexe" } };
  const [first, second] = [await ask(keyed), await ask(keyed)];
  expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
  expect(second.json()).toEqual(first.json());
  await refused({ ...keyed, payload: { name: "Annexe 2" } }, "IDEMPOTENCY_MISMATCH");
  await refused(folder, "FOLDER_NAME_TAKEN");
  const letter = { emails: ["again@example.com"], role: "admin", folderIds: [] };
  const invite = {
    ...{ method: "POST" as const, url: `/orgs/${orgId}/invitations`, payload: letter },
    headers: { "idempotency-key": "letter" },
  };
  const [sent, repeated] = [await ask(invite), await ask(invite)];
  expect(sent.json()).toMatchObject({ items: [{ result: "invited" }] });
  expect(repeated.json()).toEqual(sent.json());
  const mails = await bed.hub.store.read.mails.page({ to: "again@example.com" }, { limit: 9 });
  expect(mails).toHaveLength(1);
  await refused({ ...invite, payload: { ...letter, emails: ["else@example.com"] } }, "IDEMPOTENCY_MISMATCH");
});

test("an answer that holds a secret is never kept for a repetition", () => {
  // Codes of faults, as holds have them, are no secrets.
  const open = /"code":\{"anyOf":\[\{"type":"string","enum"/g;
  const secrets = /"(code|key|token|secret|password|recoveryCodes|seed)":/i;
  const kept = API_ROUTES.filter(({ repeatable }) => repeatable);
  expect(kept.length).toBeGreaterThan(1);
  for (const { name, answer } of kept)
    expect([
      name,
      secrets.test(JSON.stringify(z.toJSONSchema(answer, { unrepresentable: "any" })).replaceAll(open, "")),
    ]).toEqual([name, false]);
});

test("a task that was cancelled stays cancelled", async () => {
  const { orgId, taskId } = await populated("Initech", bed.library.all()[0]?.digest ?? "");
  const wish = { method: "POST" as const, url: `/orgs/${orgId}/tasks/${taskId}/cancel` };
  expect((await ask(wish)).json()).toMatchObject({ phase: "cancelled" });
  await refused(wish, "CANCEL_FINISHED");
});

test("a new place for an agent comes with its code and where to go; revoking cuts it off", async () => {
  const { orgId } = mine;
  const slot = await ask({ method: "POST", url: `/orgs/${orgId}/agents`, payload: { name: "Lobby" } });
  expect(slot.json()).toMatchObject({ enrolUrl: "https://hub.test:8444", agent: { state: "invited" } });
  const { id } = slot.json<{ agent: { id: string } }>().agent;
  const revoked = await ask({ method: "POST", url: `/orgs/${orgId}/agents/${id}/revoke` });
  expect(revoked.json()).toMatchObject({ id, state: "revoked" });
  expect(bed.hub.cut).toContain(id);
});

test("an older image needs its models named; the same image again is the same image", async () => {
  const raw = rawImage("9.80.3.9");
  const url = "/images?models=P3245-V,%20P3245-VE&hardwareIds=7D9.1";
  await refused({ method: "POST", url: "/images", payload: raw, headers: FILE }, "IMAGE_MODEL_UNNAMED");
  const first = await ask({ method: "POST", url, payload: raw, headers: FILE });
  expect(first.json()).toMatchObject({
    models: ["P3245-V", "P3245-VE"],
    hardwareIds: ["7D9.1"],
    version: "9.80.3.9",
  });
  const again = await ask({ method: "POST", url, payload: raw, headers: FILE });
  expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
  const { items } = await bed.hub.services.audit(ownerOf(HUB_ORG), { limit: 500 });
  const { digest } = first.json<{ digest: string }>();
  expect(items.filter(({ object }) => object === digest)).toHaveLength(1);
});

const HUB_ORG = "00000000-0000-0000-0000-000000000000" as OrgId;

test("what publishers elsewhere signed is taken once, with one entry in the hub's own audit", async () => {
  const name = "1.root.json";
  const root = JSON.parse(Buffer.from(await bed.library.shelf.metadata(name)).toString()) as object;
  const wish = { method: "POST" as const, url: "/images/metadata", payload: { files: { [name]: root } } };
  expect((await ask(wish)).json()).toEqual({ files: [name] });
  const { items } = await bed.hub.services.audit(ownerOf(HUB_ORG), { limit: 500 });
  expect(items.at(-1)).toMatchObject({
    action: "images.published",
    actor: "operator",
    after: { files: [name] },
  });
  const forged = { files: { "2.root.json": { ...root, signatures: [] } } };
  await refused({ ...wish, payload: forged }, "METADATA_SIGNATURE");
  await refused(
    { ...wish, payload: { files: { [name]: { ...root, signatures: [] } } } },
    "METADATA_MISMATCH",
  );
});

test.each([
  ["nothing", Buffer.alloc(0), "IMAGE_TRUNCATED"],
  ["a text", Buffer.from("not an image at all"), "IMAGE_FORMAT"],
  ["half an image", image.subarray(0, image.length / 2), "IMAGE_TRUNCATED"],
  [
    "a damaged image",
    Buffer.from(image.map((byte, at) => (at === 100_000 ? byte ^ 1 : byte))),
    "IMAGE_CORRUPT",
  ],
])("%s is refused as an image by name", async (_name, payload, code) => {
  await refused({ method: "POST", url: "/images", payload, headers: FILE }, code);
});

test("an image is sent as a file", async () => {
  const wish = { method: "POST" as const, url: "/images" };
  await refused({ ...wish, payload: { name: "x" } }, "MEDIA_TYPE_UNKNOWN");
  await refused({ ...wish, payload: "x", headers: { "content-type": "text/plain" } }, "MEDIA_TYPE_UNKNOWN");
  await refused(wish, "MEDIA_TYPE_UNKNOWN");
});

test("an image larger than the hub takes is refused, announced or not", async () => {
  const small = await openApiBed({ maxImageBytes: 1_000 });
  const send = (headers: Record<string, string>) =>
    small.app.inject({
      method: "POST",
      url: `${API_PREFIX}/images`,
      payload: Buffer.alloc(2_000),
      headers: { ...small.operator, ...FILE, ...headers },
    });
  expect((await send({})).json()).toMatchObject({ code: "IMAGE_TOO_LARGE", status: 413 });
  expect((await send({ "content-length": "" })).json()).toMatchObject({ status: 413 });
  await small.close();
});

test("unknown paths are not found, in the reader's language", async () => {
  for (const url of ["", "/", "/orgs/", "/org", "/images/x/y", "/%zz"]) {
    const answer = await ask({ method: "GET", url });
    expect([400, 404]).toContain(answer.statusCode);
    expect(fromProblem(answer.json())).toBeDefined();
  }
  const french = await ask({ method: "GET", url: "/nowhere", headers: { "accept-language": "fr" } });
  expect(french.headers["content-language"]).toBe("fr");
});

test("health needs no token and says whether the store answers", async () => {
  const answer = await bed.app.inject("/healthz");
  expect([answer.statusCode, answer.json()]).toEqual([200, { status: "ok" }]);
  expect((await bed.app.inject({ method: "POST", url: "/healthz" })).json()).toMatchObject({
    code: "METHOD_UNKNOWN",
  });
});

test("R-080: a server's package is imported under its product and version, and recommended to servers", async () => {
  const wish = (query: string) =>
    ({ method: "POST", url: `/images?${query}`, payload: msiFile(query), headers: FILE }) as const;
  await refused(wish("product=acs-pro-server"), "MESSAGE_INVALID");
  await refused(wish("version=6.18.27001"), "MESSAGE_INVALID");
  const made = await ask(wish("product=acs-pro-server&version=6.18.27001"));
  expect(made.json()).toMatchObject({ version: "6.18.27001", models: ["acs-pro-server"] });
  const noPackage = wish("product=acs-pro-server&version=6.18.27002");
  await refused({ ...noPackage, payload: Buffer.from("neither of the two") }, "PACKAGE_INVALID");
  const { orgId, serverId } = mine;
  const server = await ask({ method: "GET", url: `/orgs/${orgId}/servers/${serverId}` });
  expect(server.json()).toMatchObject({ recommended: { digest: made.json<{ digest: string }>().digest } });
});

test("the document describes every route with schemas that are there, and nothing else", async () => {
  const { openapi, paths, components } = (await bed.app.inject(`${API_PREFIX}/openapi.json`)).json<{
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { schemas: Record<string, unknown> };
  }>();
  expect(openapi).toBe("3.1.0");
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
    ),
  );
  const served = API_ROUTES.map(
    ({ method, path, name }) => `${method} ${API_PREFIX}${path.replaceAll(/:(\w+)/g, "{$1}")} ${name}`,
  );
  expect(described.sort()).toEqual(served.sort());
  const used = [...JSON.stringify([paths, components]).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(used)].sort()).toEqual(Object.keys(components.schemas).sort());
  expect(used).toContain("Problem");
});

test("the document in the repository is the one that is served", async () => {
  const served = (await bed.app.inject(`${API_PREFIX}/openapi.json`)).json<object>();
  await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot("../../../../docs/openapi.json");
});
