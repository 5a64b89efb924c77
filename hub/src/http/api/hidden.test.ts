import { Readable } from "node:stream";
import { packedImage } from "@fyr/certs/testing";
import { AccountId, FolderId, type DeviceId, type OrgId, type Role } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serverHealth, serverReport } from "../../testing/server.ts";
import { PLACED } from "../matrix/places.ts";
import { ownerOf } from "../../testing/members.ts";
import { join } from "../../testing/sessions.ts";
import { newSite, openApiBed, type ApiBed } from "../testing/api-bed.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

/**
 * Somebody who sees one folder asks for what lies in another: every route with an id in its path answers byte for byte
 * as if there were no such thing.
 */
let bed: ApiBed;
let orgId: OrgId;
/** Ids that exist where the reader sees nothing. */
let hidden: Record<string, string>;
const readers = new Map<Role, AccountId>();
const ABSENT = "01890000-0000-7000-8000-00000000abcd";

beforeAll(async () => {
  bed = await openApiBed();
  const made = await newSite(bed, "Acme");
  ({ orgId } = made);
  const owner = ownerOf(orgId);
  const { services, ports, store } = bed.hub;
  const [device] = (await services.devices(owner, { limit: 1 })).items;
  hidden = { folderId: orgId, agentId: made.site.identity.agentId, deviceId: device?.id ?? "" };
  const facts = await bed.library.import(
    Readable.from([
      await packedImage("gzip", { version: "12.11.77", models: ["P3265-V"], hardwareIds: ["7A1"] }),
    ]),
    { models: [], hardwareIds: [] },
    { maxBytes: 20_000_000, spareBytes: 0, announcedBytes: null },
  );
  const targets = [{ deviceId: hidden["deviceId"] as DeviceId, digest: facts.digest }];
  const upgrade = await services.createUpgrade(owner, { targets, backup: "wanted" }, undefined);
  const [task] = (await services.tasks(owner, {}, { limit: 1 })).items;
  hidden = { ...hidden, upgradeId: upgrade.id, taskId: task?.id ?? "" };
  const full = { name: "D:", use: "recordings", totalBytes: 1_000_000, freeBytes: 10_000 } as const;
  await made.site.sync({ servers: [serverReport({}, { health: serverHealth({ volumes: [full] }) })] });
  const [alert] = (await services.alerts(owner, { open: true }, { limit: 1 })).items;
  if (!alert) throw new Error("no alert was opened");
  hidden = { ...hidden, serverId: alert.serverId, alertId: alert.id };
  const paris = FolderId.parse(ports.ids.next());
  await store.write(({ folders }) =>
    folders.insert({
      orgId,
      id: paris,
      parentId: FolderId.parse(orgId),
      name: "Paris",
      createdAt: 0,
      version: 1,
    }),
  );
  for (const role of ["viewer", "operator"] as const) {
    const accountId = AccountId.parse(ports.ids.next());
    readers.set(role, accountId);
    await join(store, orgId, { accountId }, role, [{ folderId: paris, role }]);
  }
});
afterAll(() => bed.close());

const PLACED_IDS = [...PLACED, "upgradeId"];

test("an id of everything that stands in a folder is asked for", () => {
  expect(Object.keys(hidden).sort()).toEqual([...new Set(PLACED_IDS)].sort());
});

const urlOf = ({ path }: ApiRoute, ids: Record<string, string>) =>
  API_PREFIX +
  path.replaceAll(/:(\w+)/g, (_, name: string) => (name === "orgId" ? orgId : (ids[name] ?? ABSENT)));

const placed = API_ROUTES.filter(
  ({ admits, path }) => admits === "member" && PLACED_IDS.some((id) => path.includes(`:${id}`)),
);
const cases = placed.flatMap((route) =>
  (["viewer", "operator"] as const).map((role) => [`${route.method} ${route.path}`, role, route] as const),
);

test.each(cases)(
  "A-20: %s tells a %s of another folder nothing that it would not tell of a thing that is not there",
  async (_name, role, route) => {
    const ask = (ids: Record<string, string>) =>
      bed.app.inject({
        method: route.method,
        url: urlOf(route, ids),
        headers: {
          ...bed.signIn({ accountId: readers.get(role) as AccountId }),
          ...(route.versioned && { "if-match": '"1"' }),
        },
        ...(route.body && { payload: {} }),
      });
    const [there, absent] = [await ask(hidden), await ask({})];
    const plain = (body: string) =>
      Object.values(hidden).reduce((text, id) => text.replaceAll(id, ABSENT), body);
    expect([there.statusCode, plain(there.body)]).toEqual([absent.statusCode, absent.body]);
    expect(Object.keys(there.headers).sort()).toEqual(Object.keys(absent.headers).sort());
    expect(there.headers["etag"]).toBeUndefined();
  },
);
