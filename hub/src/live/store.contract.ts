import { FolderId, type OrgId } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import { serialOf, testHub, testSite } from "../testing.ts";
import { FOUNDER, ownerOf } from "../testing/members.ts";
import { join, signIn } from "../testing/sessions.ts";
import { newOrg } from "../testing/records.ts";

export function liveStoreContract(name: string, stores: () => HubStore): void {
  const folderIn = async (orgId: OrgId, id: string): Promise<FolderId> => {
    const folder = { orgId, id: FolderId.parse(id), parentId: FolderId.parse(orgId), name: "Lyon" };
    await stores().write(({ folders }) => folders.insert({ ...folder, createdAt: 0, version: 1 }));
    return folder.id;
  };

  test(`${name}: things are found where they lie, with every folder above, in their organisation alone`, async () => {
    const hub = await testHub({ store: stores() });
    const orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Harbour" })).id;
    const site = await testSite(hub, orgId);
    await site.report({ serial: serialOf(9_001) });
    const [device] = (await hub.services.devices(ownerOf(orgId), { limit: 1 })).items;
    const [image] = hub.images;
    if (!device || !image) throw new Error("the site has a device and the hub an image");
    const targets = [{ deviceId: device.id, digest: image.digest }];
    const upgrade = await hub.services.createUpgrade(
      ownerOf(orgId),
      { targets, backup: "wanted" },
      undefined,
    );
    const [task] = (await hub.services.tasks(ownerOf(orgId), {}, { limit: 1 })).items;
    const lyon = await folderIn(orgId, hub.ports.ids.next());
    const things = [
      { kind: "device", object: device.id },
      { kind: "agent", object: site.identity.agentId },
      { kind: "task", object: task?.id ?? "" },
      { kind: "upgrade", object: upgrade.id },
    ];
    const nested = { kind: "folder", object: lyon };
    const gone = { kind: "device", object: hub.ports.ids.next() };
    const { paths } = stores().read.live;
    const found = await paths(orgId, [...things, nested, gone]);
    expect([...found.keys()].sort()).toEqual([...things, nested].map(({ object }) => object).sort());
    for (const { object } of things) expect(found.get(object)).toEqual([[orgId]]);
    expect(found.get(lyon)).toEqual([[lyon, orgId]]);
    expect(await paths(newOrg(), [...things, nested])).toEqual(new Map());
    await hub.stop();
  });

  test(`${name}: what was written is told from a number on, without who or what`, async () => {
    const [orgId, other] = [newOrg(), newOrg()];
    const entry = (object: string) => ({
      orgId,
      at: 7,
      actor: "hub",
      action: "device.renamed",
      object,
      after: "x",
    });
    await stores().write(({ audit }) => audit.append(["a", "b", "c"].map(entry)));
    const { heads, notices } = stores().read.live;
    expect(await heads([orgId, other])).toEqual(new Map([[orgId, 3]]));
    expect(await notices(orgId, 1, 1)).toEqual([
      { seq: 2, at: 7, action: "device.renamed", kind: "device", object: "b" },
    ]);
    expect(await notices(other, 0, 10)).toEqual([]);
  });

  test(`${name}: how many members stand is asked at once, and is what each is told alone`, async () => {
    const clock = { wall: () => Date.UTC(2026, 0, 1) };
    const hub = await testHub({ store: stores(), random: seededRandom("live members") });
    const orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Harbour" })).id;
    const lyon = await folderIn(orgId, hub.ports.ids.next());
    const [one, two, stranger] = [
      await signIn(stores(), clock),
      await signIn(stores(), clock),
      await signIn(stores(), clock),
    ];
    await join(stores(), orgId, one.person, "viewer", [{ folderId: lyon, role: "viewer" }]);
    await join(stores(), orgId, two.person, "admin");
    const { live, access } = stores().read;
    const all = [one, two, stranger].map(({ person }) => person);
    const found = await live.memberships(all.map(({ accountId }) => [orgId, accountId]));
    const alone = [one, two].map(({ person }) => access.membership(orgId, person.accountId));
    const byId = (a: { principalId: string } | null, b: { principalId: string } | null) =>
      (a?.principalId ?? "") < (b?.principalId ?? "") ? -1 : 1;
    expect(found.sort(byId)).toEqual((await Promise.all(alone)).sort(byId));
    await stores().write(({ sessions }) => sessions.end(one.person.accountId, one.person.sessionId));
    const sessions = await live.sessions(all.map(({ sessionId }) => sessionId));
    expect([...sessions.keys()].sort()).toEqual([two, stranger].map(({ person }) => person.sessionId).sort());
    expect(sessions.get(two.person.sessionId)).toMatchObject({ isPassed: true, seenAt: clock.wall() });
    await hub.stop();
  });
}
