import { FOLDER_DEPTH, FOLDERS_MAX, FolderId, type OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openAt, testDatabases, type OpenedStore } from "../testing/databases.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { admittedAs, joinNew } from "../testing/people.ts";
import { FOUNDER, FOUNDER_ACTOR, ownerOf } from "../testing/members.ts";
import { serialOf } from "../testing/device.ts";
import { testSite } from "../testing/site.ts";
import { serverReport } from "../testing/server.ts";
import { defaultFolderOf } from "./default-folder.ts";

const ALL = { limit: 500 };

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("folders", () => {
    let opened: OpenedStore;
    let hub: TestHub;
    let orgId: OrgId;

    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
    });
    beforeEach(async () => {
      orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Acme" })).id;
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });

    const owner = () => ownerOf(orgId);
    const folders = () => hub.services.folders;
    const make = (name: string, parentId = defaultFolderOf(orgId)) =>
      folders().create(owner(), { name, parentId });
    const entries = async () => (await hub.services.audit(owner(), ALL)).items;
    const refusal = (code: string): unknown => expect.objectContaining({ code });

    /** What a change leaves in the audit. */
    async function audited(change: () => Promise<unknown>) {
      const before = await entries();
      await change();
      return (await entries()).slice(before.length);
    }

    test("R-157 R-154: an organisation begins with its default folder, in which the structure is built", async () => {
      const { items } = await folders().list(owner(), ALL);
      expect(items).toMatchObject([{ id: orgId, parentId: null, name: "Acme" }]);
      expect((await folders().create(owner(), { name: "North" })).parentId).toBe(orgId);
    });

    test("R-046 R-047 R-048 R-049: folders of any name nest, and each leaves one audit entry", async () => {
      const region = await make("Région Sud ☀");
      const [entry, ...others] = await audited(() => make("Hall 3 / cameras of the guards", region.id));
      expect(others).toEqual([]);
      expect(entry).toMatchObject({ action: "folder.created", actor: FOUNDER_ACTOR });
      const { items } = await folders().list(owner(), ALL);
      expect(items.map(({ name }) => name)).toEqual([
        "Acme",
        "Région Sud ☀",
        "Hall 3 / cameras of the guards",
      ]);
      expect(items[2]?.parentId).toBe(region.id);
    });

    test("A-53: a name counts once under one parent, whatever its case or width, and may come again elsewhere", async () => {
      const lyon = await make("Lyon");
      for (const name of ["Lyon", "LYON", "Ｌｙｏｎ"])
        await expect(make(name)).rejects.toMatchObject({
          code: "FOLDER_NAME_TAKEN",
          details: { name: "Lyon" },
        });
      const inner = await make("Lyon", lyon.id);
      await expect(folders().move(owner(), inner.id, orgFolder(), 1)).rejects.toEqual(
        refusal("FOLDER_NAME_TAKEN"),
      );
      const paris = await make("Paris");
      await expect(folders().rename(owner(), paris.id, "lyon", 1)).rejects.toEqual(
        refusal("FOLDER_NAME_TAKEN"),
      );
      expect(await folders().rename(owner(), paris.id, "PARIS", 1)).toMatchObject({
        name: "PARIS",
        version: 2,
      });
    });
    const orgFolder = () => defaultFolderOf(orgId);

    test("A-52: no folder comes below itself, none deeper than ten, and the default folder stays", async () => {
      const chain = [await make("1")];
      for (let level = 2; level <= FOLDER_DEPTH; level++)
        chain.push(await make(`${level}`, chain.at(-1)?.id));
      const [first, second] = chain as [(typeof chain)[0], (typeof chain)[0]];
      await expect(make("11", chain.at(-1)?.id)).rejects.toEqual(refusal("FOLDER_TOO_DEEP"));
      for (const target of [first, second, chain.at(-1)])
        await expect(folders().move(owner(), first.id, target?.id ?? first.id, 1)).rejects.toEqual(
          refusal("FOLDER_CYCLE"),
        );
      const other = await make("other");
      await expect(folders().move(owner(), first.id, other.id, 1)).rejects.toEqual(
        refusal("FOLDER_TOO_DEEP"),
      );
      expect(await folders().move(owner(), second.id, other.id, 1)).toMatchObject({ parentId: other.id });
      await expect(folders().move(owner(), orgFolder(), other.id, 1)).rejects.toEqual(refusal("FOLDER_ROOT"));
      await expect(folders().remove(owner(), orgFolder(), 1)).rejects.toEqual(refusal("FOLDER_ROOT"));
    });

    test("A-52: two thousand folders are the most", async () => {
      await hub.store.write(async (stores) => {
        const facts = { orgId, parentId: orgFolder(), createdAt: 1, version: 1 };
        for (let n = 1; n < FOLDERS_MAX; n++)
          await stores.folders.insert({ ...facts, id: FolderId.parse(hub.ports.ids.next()), name: `${n}` });
      });
      await expect(make("one more")).rejects.toEqual(refusal("TOO_MANY_FOLDERS"));
    }, 120_000);

    test("an edit names the version it was made for; a stale one changes nothing", async () => {
      const lyon = await make("Lyon");
      expect(await folders().rename(owner(), lyon.id, "Lyon 2", 1)).toMatchObject({ version: 2 });
      const before = await entries();
      for (const stale of [
        () => folders().rename(owner(), lyon.id, "Lyon 3", 1),
        () => folders().move(owner(), lyon.id, orgFolder(), 1),
        () => folders().remove(owner(), lyon.id, 1),
      ])
        await expect(stale()).rejects.toMatchObject({ code: "VERSION_CONFLICT", details: { version: 2 } });
      expect(await entries()).toEqual(before);
      expect(await folders().find(owner(), lyon.id)).toMatchObject({ name: "Lyon 2", version: 2 });
    });

    test("A-13: the preview of a move says who gains and who loses, and the move does it", async () => {
      const [lyon, paris] = [await make("Lyon"), await make("Paris")];
      const hall = await make("Hall", lyon.id);
      const on = (folder: { id: FolderId }, role: "viewer" | "operator") => ({ folderId: folder.id, role });
      const guard = await joinNew(hub, orgId, { role: "operator", grants: [on(lyon, "operator")] });
      const clerk = await joinNew(hub, orgId, { role: "viewer", grants: [on(paris, "viewer")] });
      const both = await joinNew(hub, orgId, {
        role: "operator",
        grants: [on(lyon, "viewer"), on(paris, "operator")],
      });
      await joinNew(hub, orgId, { role: "viewer", grants: [on(hall, "viewer")] });
      const told = await folders().previewMove(owner(), hall.id, paris.id);
      expect(told).toEqual({
        gains: [
          { memberId: clerk, kind: "person", name: null, before: null, after: "viewer" },
          { memberId: both, kind: "person", name: null, before: "viewer", after: "operator" },
        ],
        loses: [{ memberId: guard, kind: "person", name: null, before: "operator", after: null }],
      });
      const sees = async (who: typeof guard) =>
        (await folders().list(await admittedAs(hub.store, orgId, who), ALL)).items.map(({ id }) => id);
      expect([await sees(guard), await sees(clerk)]).toEqual([[lyon.id, hall.id], [paris.id]]);
      const [entry] = await audited(() => folders().move(owner(), hall.id, paris.id, 1));
      expect(entry).toMatchObject({
        action: "folder.moved",
        before: { parentId: lyon.id },
        after: { parentId: paris.id, gains: [clerk, both], loses: [guard] },
      });
      expect([await sees(guard), await sees(clerk)]).toEqual([[lyon.id], [paris.id, hall.id]]);
    });

    test("A-16: granted folders are the roots of one's own tree, and nothing above them is named", async () => {
      const lyon = await make("Secret region");
      const hall = await make("Hall", lyon.id);
      const room = await make("Room", hall.id);
      const grants = [{ folderId: hall.id, role: "viewer" } as const];
      const viewer = await admittedAs(
        hub.store,
        orgId,
        await joinNew(hub, orgId, { role: "viewer", grants }),
      );
      const { items } = await folders().list(viewer, ALL);
      expect(items).toMatchObject([
        { id: hall.id, parentId: null },
        { id: room.id, parentId: hall.id },
      ]);
      expect(await folders().find(viewer, hall.id)).toMatchObject({ parentId: null });
      expect(await folders().find(viewer, room.id)).toMatchObject({ parentId: hall.id });
      await expect(folders().find(viewer, lyon.id)).rejects.toEqual(refusal("NOT_FOUND"));
      await expect(folders().find(viewer, orgFolder())).rejects.toEqual(refusal("NOT_FOUND"));
      await expect(folders().rename(viewer, hall.id, "x", 1)).rejects.toEqual(refusal("FORBIDDEN"));
      const alone = await admittedAs(hub.store, orgId, await joinNew(hub, orgId, { role: "operator" }));
      expect(await folders().list(alone, ALL)).toEqual({ items: [], next: null });
    });

    test("R-053: a folder that holds folders or devices is not deleted", async () => {
      const lyon = await make("Lyon");
      const hall = await make("Hall", lyon.id);
      const { code } = await hub.services.createAgent(owner(), { name: "Lobby", folderId: hall.id });
      expect(code).toBeTruthy();
      await expect(folders().remove(owner(), lyon.id, 1)).rejects.toMatchObject({
        code: "FOLDER_NOT_EMPTY",
        details: { folders: 1, devices: 0, servers: 0 },
      });
      expect(await folders().previewDeletion(owner(), lyon.id, "en")).toMatchObject({
        holds: { folders: 1, devices: 0, servers: 0 },
      });
      const site = await testSite(hub, orgId, "site", hall.id);
      await site.report({ serial: serialOf(77) });
      await expect(folders().remove(owner(), hall.id, 1)).rejects.toMatchObject({
        code: "FOLDER_NOT_EMPTY",
        details: { folders: 0, devices: 1, servers: 0 },
      });
      expect(await folders().find(owner(), hall.id)).toMatchObject({ name: "Hall" });
    });

    test("R-050 R-052 A-14 A-15: deletion says what hangs on the folder, ends its grants, and sends its agents up", async () => {
      const lyon = await make("Lyon");
      const hall = await make("Hall", lyon.id);
      const grants = [{ folderId: hall.id, role: "viewer" } as const];
      const viewer = await joinNew(hub, orgId, { role: "viewer", grants });
      const { agent } = await hub.services.createAgent(owner(), { name: "Lobby", folderId: hall.id });
      const told = await folders().previewDeletion(owner(), hall.id, "fr");
      expect(told).toMatchObject({
        folder: { id: hall.id },
        holds: { folders: 0, devices: 0, servers: 0 },
        agents: [{ id: agent.id, name: "Lobby" }],
        applications: [],
        grants: [{ memberId: viewer, name: null, role: "viewer" }],
        invitations: [],
      });
      const [entry, ...others] = await audited(() => folders().remove(owner(), hall.id, 1));
      expect(others).toEqual([]);
      expect(entry).toMatchObject({
        action: "folder.deleted",
        before: { name: "Hall", parentId: lyon.id, agents: [agent.id], grants: [{ principalId: viewer }] },
      });
      expect(await admittedAs(hub.store, orgId, viewer)).toMatchObject({ grants: [] });
      expect((await hub.services.agents(owner(), ALL)).items).toMatchObject([{ folderId: lyon.id }]);
      await expect(folders().find(owner(), hall.id)).rejects.toEqual(refusal("NOT_FOUND"));
      expect(await folders().list(owner(), ALL)).toMatchObject({ items: [{ id: orgId }, { id: lyon.id }] });
    });

    test("R-054 R-055 R-056: three warnings stand before a deletion, in the reader's language", async () => {
      const { id } = await make("Lyon");
      const codes = ["DISCONNECT_APPLICATIONS", "MAY_SYNCHRONISE_AGAIN", "SUPPORT_ONLY"];
      const [english, french] = [
        await folders().previewDeletion(owner(), id, "en"),
        await folders().previewDeletion(owner(), id, "fr"),
      ];
      for (const { warnings } of [english, french]) expect(warnings.map(({ code }) => code)).toEqual(codes);
      expect(english.warnings.map(({ text }) => text).join()).toMatch(
        /disconnect.*synchronise again.*user manual.*technical support/,
      );
      expect(french.warnings.map(({ text }) => text).join()).toMatch(
        /déconnecter.*synchroniser.*manuel.*support technique/,
      );
    });

    test("R-054 R-055: servers of the folder, and those that record its devices, are its applications, within reach", async () => {
      const [lyon, paris] = [await make("Lyon"), await make("Paris")];
      const site = await testSite(hub, orgId, "site", paris.id);
      const serial = serialOf(78);
      await site.report({ serial });
      await site.sync({ servers: [serverReport({ n: 901, devices: [serial] })] });
      const vms = { kind: "vms", name: "REC-901", seenAt: hub.clock.wall() };
      expect(await folders().applications(owner(), paris.id)).toMatchObject([vms]);
      expect(await folders().applications(owner(), lyon.id)).toEqual([]);

      const [device] = (await hub.services.devices(owner(), ALL)).items;
      if (!device) throw new Error("no device");
      await hub.services.moveDevices(owner(), { deviceIds: [device.id], folderId: lyon.id });
      expect(await folders().applications(owner(), lyon.id)).toMatchObject([vms]);
      expect(await folders().previewDeletion(owner(), lyon.id, "en")).toMatchObject({
        ...{ holds: { devices: 1, servers: 0 }, applications: [vms] },
      });
      const grants = [{ folderId: lyon.id, role: "operator" } as const];
      const near = await joinNew(hub, orgId, { role: "operator", grants });
      expect(await folders().applications(await admittedAs(hub.store, orgId, near), lyon.id)).toEqual([]);
    });

    test("two who make the same folder at the same moment make it once", async () => {
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => make("Lyon")));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await folders().list(owner(), ALL)).items).toHaveLength(2);
    });

    test("A-52: two moves that would make a ring together leave none", async () => {
      for (let round = 0; round < 10; round++) {
        const [left, right] = [await make(`left ${round}`), await make(`right ${round}`)];
        const results = await Promise.allSettled([
          folders().move(owner(), left.id, right.id, 1),
          folders().move(owner(), right.id, left.id, 1),
        ]);
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        for (const { id } of [left, right])
          expect((await hub.store.read.folders.pathOf(orgId, id)).at(-1)).toBe(orgId);
      }
    });

    test("another organisation's folder is as unknown as one that does not exist", async () => {
      const theirs = (await hub.services.createOrganisation(FOUNDER, { name: "Globex" })).id;
      const hidden = (await folders().create(ownerOf(theirs), { name: "Theirs" })).id;
      const lyon = await make("Lyon");
      for (const id of [hidden, FolderId.parse(hub.ports.ids.next())]) {
        for (const ask of [
          () => folders().find(owner(), id),
          () => make("x", id),
          () => folders().move(owner(), lyon.id, id, 1),
          () => folders().previewMove(owner(), id, lyon.id),
          () => folders().rename(owner(), id, "x", 1),
          () => folders().remove(owner(), id, 1),
          () => folders().applications(owner(), id),
          () => hub.services.createAgent(owner(), { name: "x", folderId: id }),
        ])
          await expect(ask()).rejects.toEqual(refusal("NOT_FOUND"));
      }
      expect(await openAtAgain(hidden, theirs)).toMatchObject({ name: "Theirs", version: 1 });
    });
    const openAtAgain = async (folderId: FolderId, org: OrgId) => {
      const second = await openAt(opened.url);
      const found = await second.read.folders.find(org, folderId);
      await second.close();
      return found;
    };
  });
});
