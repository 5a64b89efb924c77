import { AccountId, type AuditEntry, type OrgId, type Page } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAuditExport, isSound } from "../../audit/check-export.ts";
import { exportKey } from "../../exports/keys.ts";
import { FOUNDER_ACTOR } from "../../testing/members.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { API_PREFIX } from "./routes/index.ts";

const VIEWER = AccountId.parse("01890000-0000-7000-8000-0000000000cc");
const OWN = `account:${VIEWER}`;

let bed: ApiBed;
let orgId: OrgId;

beforeAll(async () => {
  bed = await openApiBed();
  ({ orgId } = await newSite(bed, "Acme"));
  await bed.hub.store.write(async ({ members, audit }) => {
    const member = { orgId, principalId: VIEWER, kind: "person", role: "viewer", owner: false } as const;
    await members.insert(
      { ...member, active: true, pending: null, invitedBy: null, joinedAt: 1, version: 1 },
      [],
    );
    const change = { orgId, object: "o", at: 1_000 };
    await audit.append([
      { ...change, actor: OWN, action: "view.saved", after: { name: "=1+1" } },
      { ...change, actor: "operator", action: "view.saved" },
      { ...change, actor: OWN, action: "session.ended", at: 2_000 },
    ]);
  });
});
afterAll(() => bed.close());

const founder = () => bed.signIn();
const viewer = () => bed.signIn({ accountId: VIEWER });
const get = (path: string, headers = founder()): Promise<Response> =>
  bed.app.inject({ method: "GET", url: `${API_PREFIX}${path}`, headers });
const listed = async (query: string, headers = founder()): Promise<Page<AuditEntry>> =>
  (await get(`/orgs/${orgId}/audit${query}`, headers)).json();

test("the newest entry comes first, and each page names the next", async () => {
  const all = (await listed("?order=oldest")).items;
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1));
  expect((await listed("")).items).toEqual(all.toReversed());
  const found: AuditEntry[] = [];
  let path = `/orgs/${orgId}/audit?limit=2`;
  while (path !== "") {
    const answer = await get(path);
    found.push(...answer.json<Page<AuditEntry>>().items);
    path = /<\/api\/v1([^>]+)>/.exec(String(answer.headers["link"] ?? ""))?.[1] ?? "";
  }
  expect(found).toEqual(all.toReversed());
});

test("the list is narrowed by actor, action, object and time, and refuses what it does not know", async () => {
  const seqs = async (query: string) => (await listed(query)).items.length;
  const all = (await listed("")).items;
  expect(await seqs("?action=view.")).toBe(2);
  expect(await seqs("?action=view.&actor=operator")).toBe(1);
  expect(await seqs("?object=o&from=1001")).toBe(1);
  expect(await seqs("?from=1000&to=2000")).toBe(2);
  expect(await seqs(`?actor=${FOUNDER_ACTOR}`)).toBe(
    all.filter(({ actor }) => actor === FOUNDER_ACTOR).length,
  );
  for (const query of ["?from=soon", "?action=%25", "?colour=red", "?order=random"]) {
    const refused = await get(`/orgs/${orgId}/audit${query}`);
    expect([refused.statusCode, refused.json<{ code: string }>().code], query).toEqual([
      400,
      "MESSAGE_INVALID",
    ]);
  }
});

test("A-24: a viewer reads and exports the own entries alone, whatever the filter names", async () => {
  const { items } = await listed("", viewer());
  expect(items.map(({ actor, action }) => [actor, action])).toEqual([
    [OWN, "session.ended"],
    [OWN, "view.saved"],
  ]);
  expect((await listed("?actor=operator", viewer())).items).toEqual([]);
  const { body } = await get(`/orgs/${orgId}/audit/export?format=csv`, viewer());
  expect(body.match(/\r\n/g)).toHaveLength(3);
  expect(body).not.toContain("operator");
  const json = await get(`/orgs/${orgId}/audit/export`, viewer());
  expect(json.body.split("\n")[0]).toContain(`"onlyActor":"${OWN}"`);
});

test("B1-R1: the signed export is a file that proves itself by the key that the hub shows", async () => {
  const [key] = (await get("/signing-keys")).json<{ items: { keyid: string; publicKey: string }[] }>().items;
  const answer = await get(`/orgs/${orgId}/audit/export?format=json`);
  expect(answer.headers).toMatchObject({
    "content-type": "application/jsonl",
    "content-disposition": expect.stringMatching(/^attachment; filename="audit-[0-9a-f-]+-\d+\.jsonl"$/),
    "cache-control": "no-store",
  });
  const bytes = (async function* () {
    yield await Promise.resolve(answer.rawPayload);
  })();
  const checked = await checkAuditExport(exportKey(key?.publicKey ?? ""), bytes);
  expect(isSound(checked)).toBe(true);
  expect(checked).toMatchObject({
    header: { orgId, keyid: key?.keyid },
    entries: (await listed("")).items.length,
  });
});

test("B1-T2: the CSV export is a file for spreadsheets without anything that they run", async () => {
  const { headers, body } = await get(`/orgs/${orgId}/audit/export?format=csv&action=view.&actor=${OWN}`);
  expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
  expect(body).toContain('"{""name"":""=1+1""}"');
  expect(body.split("\r\n")[0]).toBe("\uFEFFseq,at,actor,action,object,before,after,previous,hash");
});

test("an export wants a second factor of the last minutes, reading does not", async () => {
  const stale = founder();
  await bed.hub.clock.advance(6 * 60_000);
  const refused = await get(`/orgs/${orgId}/audit/export`, stale);
  expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, "STEP_UP_REQUIRED"]);
  expect((await get(`/orgs/${orgId}/audit`, stale)).statusCode).toBe(200);
  expect((await get(`/orgs/${orgId}/audit/export`, founder())).statusCode).toBe(200);
});

test("A-20: an export of an organisation that one is no member of is not there", async () => {
  const stranger = bed.signIn({ accountId: AccountId.parse("01890000-0000-7000-8000-0000000000dd") });
  const refused = await get(`/orgs/${orgId}/audit/export`, stranger);
  expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([404, "NOT_FOUND"]);
  expect((await get("/signing-keys", {})).statusCode).toBe(401);
});
