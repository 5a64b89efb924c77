import { DeviceId, FolderId, type Folder, type OrgId } from "@fyr/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testDatabases, type OpenedStore } from "../testing/databases.ts";
import { serialOf } from "../testing/device.ts";
import { testHub, type TestHub } from "../testing/hub.ts";
import { admittedAs, joinNew } from "../testing/people.ts";
import { FOUNDER, ownerOf } from "../testing/members.ts";
import { testSite } from "../testing/site.ts";

const ALL = { limit: 500 };
let serial = 500;

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  describe.skipIf(!runs)("devices in folders", () => {
    let opened: OpenedStore;
    let hub: TestHub;
    let orgId: OrgId;
    let lyon: Folder;
    let hall: Folder;
    let paris: Folder;
    let inHall: DeviceId[];
    let inParis: DeviceId[];

    beforeAll(async () => {
      opened = await open();
      hub = await testHub({ store: opened.store });
    });
    afterAll(async () => {
      await hub.stop();
      await opened.drop();
    });
    beforeEach(async () => {
      orgId = (await hub.services.createOrganisation(FOUNDER, { name: "Acme" })).id;
      const make = (name: string, parentId?: FolderId) =>
        hub.services.folders.create(owner(), { name, parentId });
      lyon = await make("Lyon");
      hall = await make("Hall", lyon.id);
      paris = await make("Paris");
      [inHall, inParis] = [await fill(hall, ["North 10%", "north_gate"]), await fill(paris, ["South"])];
    });

    const owner = () => ownerOf(orgId);
    async function fill({ id }: Folder, names: readonly string[]): Promise<DeviceId[]> {
      const site = await testSite(hub, orgId, "site", id);
      await site.report(...names.map((name) => ({ name, serial: serialOf(++serial) })));
      return (await hub.services.devices(owner(), ALL, { folderId: id })).items.map((device) => device.id);
    }
    const viewerOf = async (folder: Folder) => {
      const grants = [{ folderId: folder.id, role: "viewer" } as const];
      return admittedAs(hub.store, orgId, await joinNew(hub, orgId, { role: "viewer", grants }));
    };
    const nowhere = () => DeviceId.parse(hub.ports.ids.next());
    const entries = async () => (await hub.services.audit(owner(), ALL)).items;

    test("R-045 C-03: devices move to a folder many at once, each with its answer and its audit entry", async () => {
      const [unknown, before] = [nowhere(), await entries()];
      const deviceIds = [...inHall, ...inParis, unknown, ...inHall];
      const { items } = await hub.services.moveDevices(owner(), { deviceIds, folderId: paris.id });
      expect(items).toEqual([
        ...inHall.map((deviceId) => ({ deviceId, result: "moved" })),
        ...inParis.map((deviceId) => ({ deviceId, result: "unchanged" })),
        { deviceId: unknown, result: "not_found" },
      ]);
      const after = (await entries()).slice(before.length);
      expect(after.map(({ action, object }) => [action, object])).toEqual(
        inHall.map((id) => ["device.moved", id]),
      );
      expect(after[0]).toMatchObject({ before: { folderId: hall.id }, after: { folderId: paris.id } });
      expect(await hub.services.countDevices(owner(), { folderId: paris.id })).toBe(3);
      await hub.services.folders.remove(owner(), hall.id, 1);
    });

    test("A-13: the preview says who gains and who loses, by the folder that devices come from", async () => {
      const [guard, clerk, all] = [await viewerOf(hall), await viewerOf(paris), await viewerOf(lyon)];
      const unknown = nowhere();
      const told = await hub.services.previewDeviceMove(owner(), {
        deviceIds: [...inHall, ...inParis, unknown],
        folderId: lyon.id,
      });
      const change = (member: typeof guard, before: "viewer" | null, after: "viewer" | null) => ({
        ...{ memberId: member.principalId, kind: "person", name: null, before, after },
      });
      expect(told).toMatchObject({ gain: 1, lose: 2, notFound: [unknown] });
      expect(told.from).toContainEqual({
        ...{ folderId: hall.id, devices: 2, gains: [], loses: [change(guard, "viewer", null)] },
      });
      expect(told.from).toContainEqual({
        ...{ folderId: paris.id, devices: 1 },
        ...{ gains: [change(all, null, "viewer")], loses: [change(clerk, "viewer", null)] },
      });
      const sees = async () =>
        Promise.all([guard, clerk, all].map((member) => hub.services.countDevices(member)));
      expect(await sees()).toEqual([2, 1, 2]);
      await hub.services.moveDevices(owner(), { deviceIds: [...inHall, ...inParis], folderId: lyon.id });
      expect(await sees()).toEqual([0, 0, 3]);
    });

    test("A-24: lists, counts and searches hold what is in scope, and agree", async () => {
      const guard = await viewerOf(lyon);
      for (const [filter, names] of [
        [{}, ["North 10%", "north_gate"]],
        [{ folderId: lyon.id }, ["North 10%", "north_gate"]],
        [{ folderId: lyon.id, below: false }, []],
        [{ folderId: hall.id, below: false }, ["North 10%", "north_gate"]],
        [{ name: "NORTH" }, ["North 10%", "north_gate"]],
        [{ name: "10%" }, ["North 10%"]],
        [{ name: "h_g" }, ["north_gate"]],
        [{ name: "South" }, []],
        [{ name: "'; drop table devices; --" }, []],
      ] as const) {
        const { items } = await hub.services.devices(guard, ALL, filter);
        expect(items.map(({ name }) => name)).toEqual(names);
        expect(await hub.services.countDevices(guard, filter)).toBe(names.length);
      }
      expect(await hub.services.countDevices(owner(), { name: "o" })).toBe(3);
      const first = await hub.services.devices(guard, { limit: 1 }, { name: "north" });
      expect(first.next).toBe(inHall[0]);
    });

    test("A-25: asking by a hidden folder is asking by an unknown one", async () => {
      const guard = await viewerOf(hall);
      for (const folderId of [paris.id, lyon.id, FolderId.parse(hub.ports.ids.next())]) {
        const missing = { code: "NOT_FOUND", details: {} };
        await expect(hub.services.devices(guard, ALL, { folderId })).rejects.toMatchObject(missing);
        await expect(hub.services.countDevices(guard, { folderId })).rejects.toMatchObject(missing);
      }
    });

    test("A-21: only admins move; who sees the device is told so", async () => {
      const grants = [{ folderId: hall.id, role: "operator" } as const];
      const operator = await admittedAs(
        hub.store,
        orgId,
        await joinNew(hub, orgId, { role: "operator", grants }),
      );
      const wish = { deviceIds: inHall, folderId: hall.id };
      const refused = { code: "FORBIDDEN", details: { requiredRole: "admin", yourRole: "operator" } };
      await expect(hub.services.moveDevices(operator, wish)).rejects.toMatchObject(refused);
      await expect(hub.services.previewDeviceMove(operator, wish)).rejects.toMatchObject(refused);
    });

    test("A-26: another organisation's devices and folders are nonsense here, and stay where they are", async () => {
      const theirs = (await hub.services.createOrganisation(FOUNDER, { name: "Globex" })).id;
      const site = await testSite(hub, theirs);
      await site.report({ serial: serialOf(++serial) });
      const [foreign] = (await hub.services.devices(ownerOf(theirs), ALL)).items;
      const deviceIds = [foreign!.id, inHall[0]!];
      const { items } = await hub.services.moveDevices(owner(), { deviceIds, folderId: paris.id });
      expect(items.map(({ result }) => result)).toEqual(["not_found", "moved"]);
      const [after] = (await hub.services.devices(ownerOf(theirs), ALL)).items;
      expect(after?.folderId).toBe(theirs);
      const folderId = FolderId.parse(theirs);
      await expect(hub.services.moveDevices(owner(), { deviceIds, folderId })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });
  });
});
