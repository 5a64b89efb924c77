import { msiFile } from "@fyr/certs/testing";
import { FolderId, may, PERMISSIONS, type OrgId, type OrgMember } from "@fyr/protocol";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "../../access/caller.ts";
import { defaultFolderOf } from "../../folders/default-folder.ts";
import type { Database } from "../../store/database.ts";
import { testDatabases, type OpenedStore } from "../../testing/databases.ts";
import { serialOf } from "../../testing/device.ts";
import { FOUNDER } from "../../testing/members.ts";
import { rawDatabase } from "../../testing/raw-database.ts";
import { testSite } from "../../testing/site.ts";
import { openApiBed, type ApiBed } from "../testing/api-bed.ts";
import { openHouse, type House } from "../testing/house.ts";
import { importImage } from "../testing/matrix-image.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

let opened: OpenedStore;
let raw: Database;
let bed: ApiBed;
let house: House;
let digest: string;

beforeAll(async () => {
  const [sqlite] = await testDatabases();
  if (!sqlite) throw new Error("no database");
  opened = await sqlite.open();
  raw = rawDatabase(opened.url);
  bed = await openApiBed({ store: opened.store });
  ({ digest } = await importImage(bed));
  house = await openHouse(bed, "Acme");
});
afterAll(async () => {
  await raw.close();
  await bed.close();
  await opened.drop();
});

type Headers = Readonly<Record<string, string>>;
const browser = ({ accountId }: Pick<Person, "accountId">): Headers => bed.signIn({ accountId });
const ask = (headers: Headers, method: "GET" | "POST" | "PUT" | "DELETE", path: string, payload?: object) =>
  bed.app.inject({ method, url: API_PREFIX + path, headers, ...(payload && { payload }) });
async function all<T>(headers: Headers, path: string, limit = 500): Promise<T[]> {
  const found: T[] = [];
  for (let after = "", more = true; more;) {
    const from = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const mark = path.includes("?") ? "&" : "?";
    const answer = await ask(headers, "GET", `${path}${mark}limit=${limit}${from}`);
    expect(answer.statusCode).toBe(200);
    const { items, next } = answer.json<{ items: T[]; next: string | null }>();
    found.push(...items);
    after = next ?? "";
    more = next !== null;
  }
  return found;
}
interface Shown {
  readonly id: string;
  readonly recommended: { readonly digest: string; readonly version: string } | null;
}

test("R-001 R-057 R-058: one session shows devices and servers, marks what should be upgraded, and upgrades both", async () => {
  const me = browser(house.people.admin);
  const at = `/orgs/${house.orgId}`;
  const [here, there] = [await house.newDevice("hall"), await house.newDevice("paris")];
  const serverId = await house.newServer("hall");
  const payload = msiFile("one place");
  const file = { ...bed.operator, "content-type": "application/octet-stream" };
  const url = `${API_PREFIX}/images?product=acs-pro-server&version=6.18.27001`;
  expect((await bed.app.inject({ method: "POST", url, headers: file, payload })).statusCode).toBe(201);
  const devices = (await all<Shown>(me, `${at}/devices`)).filter(({ id }) =>
    [here, there].includes(id as never),
  );
  expect(devices.map(({ recommended }) => recommended?.digest)).toEqual([digest, digest]);
  const [server] = (await all<Shown>(me, `${at}/servers`)).filter(({ id }) => id === serverId);
  expect(server?.recommended?.version).toBe("6.18.27001");
  const targets = devices.map(({ id, recommended }) => ({ deviceId: id, digest: recommended?.digest }));
  const ordered = await ask(me, "POST", `${at}/upgrades`, { targets });
  expect(ordered.json()).toMatchObject({ counts: { ready: 2 } });
  const asked = await ask(me, "POST", `${at}/servers/${serverId}/upgrades`, {});
  expect(asked.json()).toMatchObject({ state: "queued", toVersion: "6.18.27001" });
});

test("R-059 R-060: a selection is upgraded by one request, whole or not at all, and nothing before it", async () => {
  const me = browser(house.people.admin);
  const at = `/orgs/${house.orgId}`;
  const chosen = [
    await house.newDevice("hall"),
    await house.newDevice("hall"),
    await house.newDevice("paris"),
  ];
  const tasks = async () =>
    (await all<{ deviceId: string }>(me, `${at}/tasks`)).map(({ deviceId }) => deviceId);
  const targets = chosen.map((deviceId) => ({ deviceId, digest }));
  const nonsense = { deviceId: house.orgId, digest };
  const refused = await ask(me, "POST", `${at}/upgrades`, { targets: [...targets, nonsense] });
  expect(refused.statusCode).toBe(404);
  expect((await tasks()).filter((id) => chosen.includes(id as never))).toEqual([]);
  expect((await ask(me, "POST", `${at}/upgrades`, { targets })).statusCode).toBe(201);
  expect((await tasks()).filter((id) => chosen.includes(id as never)).sort()).toEqual([...chosen].sort());
});

test("R-066: the tasks of an organisation are listed, those that run and those that ended", async () => {
  const orgId = (await bed.hub.services.createOrganisation(FOUNDER, { name: "Tasks" })).id;
  const me = browser(FOUNDER);
  const site = await testSite(bed.hub, orgId);
  await site.report({ serial: serialOf(8_001) }, { serial: serialOf(8_002) }, { serial: serialOf(8_003) });
  const devices = await all<Shown>(me, `/orgs/${orgId}/devices`);
  const targets = devices.map(({ id }) => ({ deviceId: id, digest }));
  const { id: upgradeId } = (await ask(me, "POST", `/orgs/${orgId}/upgrades`, { targets })).json<{
    id: string;
  }>();
  const first = await all<{ id: string }>(me, `/orgs/${orgId}/tasks`);
  await ask(me, "POST", `/orgs/${orgId}/tasks/${first[0]?.id}/cancel`);
  await site.sync();
  const [done] = site.jobs.values();
  done?.succeed();
  await site.sync();
  const found = await all<{ phase: string; upgradeId: string }>(me, `/orgs/${orgId}/tasks`);
  expect(found.map(({ phase }) => phase).sort()).toEqual(["cancelled", "leased", "succeeded"]);
  expect(new Set(found.map((task) => task.upgradeId))).toEqual(new Set([upgradeId]));
});

test("R-004: one account is in several organisations, each with devices and licences of its own", async () => {
  const me = browser(FOUNDER);
  const orgs: OrgId[] = [];
  for (const [at, name] of ["Customer", "Subsidiary"].entries()) {
    const { id } = (await ask(me, "POST", "/orgs", { name })).json<{ id: OrgId }>();
    const site = await testSite(bed.hub, id);
    await site.report(
      ...Array.from({ length: at + 1 }, (_, n) => ({ serial: serialOf(8_100 + 10 * at + n) })),
    );
    orgs.push(id);
  }
  const [first = "", second = ""] = orgs;
  expect((await ask(me, "POST", `/orgs/${first}/licences/start`, { product: "DM" })).statusCode).toBe(200);
  const mine = (await all<{ id: string }>(me, "/orgs")).map(({ id }) => id);
  expect(mine).toEqual(expect.arrayContaining(orgs));
  const serials = async (id: string) =>
    (await all<{ serial: string }>(me, `/orgs/${id}/devices`)).map(({ serial }) => serial);
  const [one, two] = [await serials(first), await serials(second)];
  expect([one.length, two.length]).toEqual([1, 2]);
  expect(one.filter((serial) => two.includes(serial))).toEqual([]);
  const state = async (id: string) =>
    (await ask(me, "GET", `/orgs/${id}/licences`))
      .json<{ items: { product: string; state: string }[] }>()
      .items.find(({ product }) => product === "DM")?.state;
  expect([await state(first), await state(second)]).toEqual(["trial", "not_started"]);
});

test("R-015 R-158: users and licences stand below their organisation, and nowhere else", async () => {
  const about = API_ROUTES.filter(
    ({ action }) =>
      action !== null && [11, 12, 13, 14, 15, 16, 17, 46, 47, 48, 49, 51].includes(PERMISSIONS[action].row),
  );
  expect(about.length).toBeGreaterThan(15);
  for (const { path } of about) expect(path).toMatch(/^\/orgs\/:orgId\//);
  const listed = await all<OrgMember>(browser(house.people.viewer), `/orgs/${house.orgId}/members`);
  expect(listed.map(({ accountId }) => accountId)).toEqual(
    expect.arrayContaining(Object.values(house.people).map(({ accountId }) => accountId)),
  );
});

test("R-039: a row of the list of users holds all that its menu needs, and the table says what is in it", async () => {
  for (const rank of ["owner", "admin", "operator", "viewer"] as const) {
    await house.newcomer("viewer");
    const person = await house.newcomer(rank);
    const [me, asking] = [browser(person), await house.at(person)];
    const rows = await all<OrgMember>(me, `/orgs/${house.orgId}/members`);
    const row = rows.find(
      ({ owner, role, accountId }) => !owner && role === "viewer" && accountId !== person.accountId,
    );
    const boss = rows.find(({ accountId }) => accountId === house.people.owner.accountId);
    for (const target of [row, boss]) {
      if (!target) throw new Error("nobody there");
      const { accountId, owner, version } = target;
      const wish = { role: owner ? "admin" : "operator", grants: [] };
      const headers = { ...me, "if-match": `"${version}"` };
      const path = `/orgs/${house.orgId}/members/${accountId}/access`;
      const changed = (await ask(headers, "PUT", path, wish)).statusCode;
      expect(changed === 200, `${rank} on ${owner ? "an owner" : "a viewer"}`).toBe(
        may(asking, "user.role", { toOwner: owner }).kind === "allowed",
      );
      if (owner) continue;
      const removed = (await ask(me, "DELETE", `/orgs/${house.orgId}/members/${accountId}`)).statusCode;
      expect(removed === 204).toBe(may(asking, "user.remove", { toOwner: owner }).kind === "allowed");
    }
  }
});

test("R-005 R-006: what is new is one list for everybody who is signed in, in their language, with its history", async () => {
  const me = browser(house.people.viewer);
  const wish = (language: string) => ask({ ...me, "accept-language": language }, "GET", "/whats-new?limit=1");
  expect((await ask({}, "GET", "/whats-new")).statusCode).toBe(401);
  const [english, french] = [(await wish("en")).body, (await wish("fr")).body];
  expect(english).not.toBe(french);
  const items = await all<{ day: string }>(me, "/whats-new", 2);
  expect(items.length).toBeGreaterThan(2);
  expect(items.map(({ day }) => day)).toEqual(
    items
      .map(({ day }) => day)
      .sort()
      .reverse(),
  );
});

/** As many sites, each in a folder, with so many devices; around the hub, since agents would take their time. */
async function fleet(
  name: string,
  sites: number,
  each: number,
): Promise<{ orgId: OrgId; folders: FolderId[] }> {
  const orgId = (await bed.hub.services.createOrganisation(FOUNDER, { name })).id;
  const site = await testSite(bed.hub, orgId);
  await site.report({ serial: serialOf(9_000) });
  const parentId = defaultFolderOf(orgId);
  const folders = Array.from({ length: sites }, () => FolderId.parse(bed.hub.ports.ids.next()));
  await bed.hub.store.write(async (stores) => {
    for (const [n, id] of folders.entries())
      await stores.folders.insert({ orgId, id, parentId, name: `Site ${n}`, createdAt: 1, version: 1 });
  });
  for (const [n, folderId] of folders.entries())
    await sql`
      with recursive copy (n) as (select ${n * each} union all select n + 1 from copy where n + 1 < ${(n + 1) * each})
      insert into devices
        (org_id, id, serial, agent_id, model, name, hardware_id, version, address, scheme, seen_at, present_at, folder_id)
      select org_id, substr(id, 1, 24) || printf('%012x', copy.n + 1), printf('%012X', copy.n + 1048576),
        agent_id, model, 'Camera ' || copy.n, hardware_id, version, address, scheme, seen_at, present_at, ${folderId}
      from devices, copy where org_id = ${orgId} and folder_id = ${parentId}`.execute(raw.writer);
  await raw.writer.deleteFrom("devices").where("folder_id", "=", parentId).execute();
  return { orgId, folders };
}

test("R-002: one site with 5 devices and 200 sites with 20,000 are read by the same requests", async () => {
  const me = browser(FOUNDER);
  for (const [name, sites, each] of [
    ["Bakery", 1, 5],
    ["World", 200, 100],
  ] as const) {
    const { orgId, folders } = await fleet(name, sites, each);
    const at = `/orgs/${orgId}`;
    expect((await ask(me, "GET", `${at}/devices/count`)).json()).toEqual({ devices: sites * each });
    const found = await all<{ id: string; folderId: string }>(me, `${at}/devices`);
    expect(new Set(found.map(({ id }) => id)).size).toBe(sites * each);
    expect((await all(me, `${at}/folders`)).length).toBe(sites + 1);
    const last = folders.at(-1);
    expect((await all(me, `${at}/devices?folderId=${last}`)).length).toBe(each);
    const camera = found.find(({ folderId }) => folderId === last);
    expect((await ask(me, "GET", `${at}/devices/${camera?.id}`)).statusCode).toBe(200);
  }
});
