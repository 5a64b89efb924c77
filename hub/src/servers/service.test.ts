import { FolderId, type OrgId, type ServerReport } from "@fyr/protocol";
import { expect, test } from "vitest";
import { defaultFolderOf } from "../folders/default-folder.ts";
import { FOUNDER, ownerOf } from "../testing/members.ts";
import { newServer } from "../testing/records.ts";
import { serverReport, testPackage } from "../testing/server.ts";
import { serialOf, testHub, testSite, type TestHub, type TestSite } from "../testing.ts";

const PAGE = { limit: 50 };

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

async function harbour(images = [testPackage()]) {
  const hub = await testHub({ images });
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  const tell = (...servers: ServerReport[]) => site.sync({ servers });
  return { hub, orgId, site, tell };
}

const only = async (hub: TestHub, orgId: OrgId) => {
  const { items } = await hub.services.servers(ownerOf(orgId), PAGE);
  expect(items).toHaveLength(1);
  return items[0]!;
};

async function addFolder(hub: TestHub, orgId: OrgId, name: string): Promise<FolderId> {
  const id = FolderId.parse(newServer());
  const folder = { orgId, id, parentId: defaultFolderOf(orgId), name, createdAt: 0, version: 1 };
  await hub.store.write(({ folders }) => folders.insert(folder));
  return id;
}

test("R-071 R-074: a host that reports is a server, marked when a newer package fits it", async () => {
  const { hub, orgId, tell } = await harbour([
    testPackage("6.18.27001"),
    testPackage("6.17.26511"),
    testPackage("6.19.1", { withdrawn: true }),
    testPackage("7.0.1", { upgradeableFrom: ["6.18"] }),
    testPackage("8.0.1", { product: "other-server" }),
  ]);
  await tell(serverReport({ n: 1 }));
  expect(await only(hub, orgId)).toMatchObject({
    ...{ name: "REC-1", state: { kind: "up" }, recommended: { version: "6.18.27001" }, trouble: null },
  });
  await tell(serverReport({ n: 1, version: "6.18.27001" }));
  expect((await only(hub, orgId)).recommended).toMatchObject({ version: "7.0.1" });
  await tell(serverReport({ n: 1, version: "unknown" }));
  expect((await only(hub, orgId)).recommended, "nobody guesses").toBeNull();
  await hub.close();
});

test("a server whose agent is silent is offline, and what its host cannot tell is unknown", async () => {
  const { hub, orgId, tell } = await harbour();
  await tell(serverReport({ n: 1 }, { standing: { kind: "unknown" } }));
  expect((await only(hub, orgId)).state).toEqual({ kind: "unknown" });
  const since = hub.clock.wall();
  await hub.clock.advance(10 * 60_000);
  expect((await only(hub, orgId)).state).toEqual({ kind: "offline", since });
  await hub.close();
});

test("R-025: a device that both its server and an agent know appears once", async () => {
  const { hub, orgId, site, tell } = await harbour();
  const other = await testSite(hub, orgId, "other");
  const serial = serialOf(1);
  await tell(serverReport({ n: 1, devices: [serial] }));
  const { id: serverId } = await only(hub, orgId);
  const recorded = async () => (await hub.services.serverDevices(ownerOf(orgId), serverId, PAGE)).items;
  expect(await recorded()).toEqual([{ serial, deviceId: null }]);
  const finds = async (who: TestSite) => {
    await who.report({ serial });
    const { items } = await hub.services.devices(ownerOf(orgId), PAGE);
    expect(items).toMatchObject([{ serial, agentId: who.identity.agentId }]);
    return items[0]!.id;
  };
  const first = await finds(other);
  expect(await finds(site)).toBe(first);
  expect(await recorded()).toEqual([{ serial, deviceId: first }]);
  await hub.close();
});

test("A-20 A-21: servers are seen in granted folders, elsewhere they do not exist", async () => {
  const { hub, orgId, tell } = await harbour();
  await tell(serverReport({ n: 1 }));
  const { id } = await only(hub, orgId);
  const lyon = await addFolder(hub, orgId, "Lyon");
  const as = (role: "operator" | "viewer", folderId: FolderId) =>
    ownerOf(orgId, { role, owner: false, grants: [{ folderId, role }] });
  const { services } = hub;
  const outside = as("operator", lyon);
  expect((await services.servers(outside, PAGE)).items).toEqual([]);
  for (const ask of [
    () => services.server(outside, id),
    () => services.serverHealth(outside, id),
    () => services.serverDevices(outside, id, PAGE),
    () => services.moveServer(outside, id, lyon),
    () => services.unregisterServer(outside, id),
    () => services.server(ownerOf(orgId), newServer()),
  ])
    expect(await codeOf(ask())).toBe("NOT_FOUND");

  await services.moveServer(ownerOf(orgId), id, lyon);
  expect((await services.servers(outside, PAGE)).items).toMatchObject([{ id, folderId: lyon }]);
  expect((await services.serverHealth(outside, id)).health.cpuPercent).toBe(12);
  expect(await codeOf(services.serverHealth(as("viewer", lyon), id)), "R-026 R-031").toBe("FORBIDDEN");
  expect(await codeOf(services.moveServer(outside, id, lyon))).toBe("FORBIDDEN");
  expect(await codeOf(services.unregisterServer(outside, id))).toBe("FORBIDDEN");
  expect(await codeOf(services.moveServer(ownerOf(orgId), id, FolderId.parse(newServer())))).toBe(
    "NOT_FOUND",
  );
  await tell(serverReport({ n: 1 }));
  expect((await only(hub, orgId)).folderId, "a report does not move it back").toBe(lyon);
  await hub.close();
});

test("R-070: a server that is taken out is gone until an agent that is enrolled anew brings it back", async () => {
  const { hub, orgId, tell } = await harbour();
  await tell(serverReport({ n: 1 }));
  const { id } = await only(hub, orgId);
  await hub.services.unregisterServer(ownerOf(orgId), id);
  await tell(serverReport({ n: 1 }));
  expect((await hub.services.servers(ownerOf(orgId), PAGE)).items).toEqual([]);
  const anew = await testSite(hub, orgId, "anew");
  await anew.sync({ servers: [serverReport({ n: 1 })] });
  expect((await only(hub, orgId)).id).not.toBe(id);
  const { items } = await hub.services.audit(ownerOf(orgId), PAGE);
  expect(items.map(({ action }) => action).filter((action) => action.startsWith("server."))).toEqual([
    "server.registered",
    "server.unregistered",
    "server.registered",
  ]);
  await hub.close();
});

test("A-54: a server that is registered elsewhere comes over once it is taken out there", async () => {
  const { hub, orgId, tell } = await harbour();
  await tell(serverReport({ n: 1 }));
  const { id: theirs } = await hub.services.createOrganisation(FOUNDER, { name: "Theirs" });
  const there = await testSite(hub, theirs, "there");
  const tellThere = () => there.sync({ servers: [serverReport({ n: 1 })] });
  await tellThere();
  expect(await only(hub, theirs)).toMatchObject({
    trouble: "SERVER_REGISTERED_ELSEWHERE",
    recommended: null,
  });
  await hub.services.unregisterServer(ownerOf(orgId), (await only(hub, orgId)).id);
  await tellThere();
  expect(await only(hub, theirs)).toMatchObject({ trouble: null });
  await hub.close();
});
