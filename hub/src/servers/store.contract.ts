import { FolderId, type Serial } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { HubStore } from "../store/store.ts";
import { deviceRecord, newAgent, newOrg, newServer, taskRecord } from "../testing/records.ts";
import { serverRecord } from "../testing/server.ts";
import { serialOf } from "../testing/device.ts";
import type { ServerRecord } from "./server.ts";

const NOTHING = { links: [], tasks: [], events: [], ackedCommands: [], proved: [], devices: [], now: 0 };

export function serverStoreContract(name: string, stores: () => HubStore): void {
  const save = (
    servers: readonly ServerRecord[],
    recorded: readonly { server: ServerRecord; serials: readonly Serial[] }[] = [],
  ) =>
    stores().write(({ syncs }) =>
      syncs.save({
        ...NOTHING,
        servers,
        recorded: recorded.map(({ server: { orgId, id }, serials }) => ({ orgId, serverId: id, serials })),
      }),
    );
  const needs = ({ orgId, facts: { uid } }: ServerRecord, serials: readonly Serial[] = []) => ({
    ...{ orgId, agentId: newAgent(), tasks: [], serials, wholeSite: false, servers: [uid], capacity: 0 },
  });
  const load = (...wanted: ReturnType<typeof needs>[]) => stores().write(({ syncs }) => syncs.load(wanted));

  test(`${name}: a server is what was saved, its folder aside; it is seen in its organisation alone`, async () => {
    const server = serverRecord({ rivalId: newAgent(), deviceCount: 3, devicesHash: "h" });
    await save([server]);
    const { servers } = stores().read;
    expect(await servers.server(server.orgId, server.id)).toEqual(server);
    expect(await servers.server(newOrg(), server.id)).toBeNull();
    const told = { ...server, facts: { ...server.facts, version: "unknown" as const }, reportedAt: 9 };
    await save([{ ...told, folderId: FolderId.parse(newServer()) }]);
    expect(await servers.server(server.orgId, server.id)).toEqual({ ...told, folderId: server.folderId });
  });

  test(`${name}: servers come in pages, each once, within the folders that are reached`, async () => {
    const orgId = newOrg();
    const all = Array.from({ length: 4 }, () => serverRecord({ orgId }));
    await save([...all, serverRecord()]);
    const { servers } = stores().read;
    const first = await servers.servers(orgId, "everywhere", { limit: 2 });
    expect(first).toEqual(all.slice(0, 3));
    expect(await servers.servers(orgId, "everywhere", { after: first[1]!.id, limit: 5 })).toEqual(
      all.slice(2),
    );
    expect(await servers.servers(orgId, [], { limit: 5 })).toEqual([]);
  });

  test(`${name}: R-071 one server per machine and organisation, and one organisation at a time`, async () => {
    const server = serverRecord();
    await save([server]);
    const again = { ...serverRecord({ orgId: server.orgId }), facts: server.facts };
    await expect(save([again])).rejects.toThrow();
    const elsewhere = { ...serverRecord(), facts: server.facts };
    await expect(save([elsewhere])).rejects.toThrow();
    await save([{ ...elsewhere, state: "elsewhere" }]);
    const world = await load(needs(elsewhere));
    expect(world.servers).toMatchObject([{ id: elsewhere.id, state: "elsewhere" }]);
    expect(world.serverOwners).toEqual([{ uid: server.facts.uid, orgId: server.orgId }]);

    await stores().write(({ servers }) => servers.unregister(server.orgId, server.id));
    expect(await stores().read.servers.server(server.orgId, server.id)).toBeNull();
    expect((await load(needs(elsewhere))).serverOwners).toEqual([]);
    await save([again]);
    const living = await load(needs(server));
    expect(living.servers.at(-1)).toMatchObject({ id: again.id, state: "registered" });
  });

  test(`${name}: R-025 what a server records is replaced as a whole, and tells where unknown devices belong`, async () => {
    const orgId = newOrg();
    const server = serverRecord({ orgId });
    const [known, unknown, hidden] = [
      deviceRecord({ orgId, serial: serialOf(9_001) }),
      serialOf(9_002),
      deviceRecord({ orgId, serial: serialOf(9_003), folderId: FolderId.parse(newServer()) }),
    ];
    await stores().write(({ syncs }) =>
      syncs.save({ ...NOTHING, devices: [known, hidden], servers: [], recorded: [] }),
    );
    await save([server], [{ server, serials: [serialOf(9_000)] }]);
    await save([server], [{ server, serials: [known.serial, unknown, hidden.serial] }]);
    const { servers } = stores().read;
    const seen = await servers.recorded(orgId, server.id, "everywhere", { limit: 9 });
    expect(seen).toEqual([
      { serial: known.serial, deviceId: known.id },
      { serial: unknown, deviceId: null },
      { serial: hidden.serial, deviceId: hidden.id },
    ]);
    const reached = await servers.recorded(orgId, server.id, [], { limit: 9 });
    expect(reached, "devices in folders that are not reached stay hidden").toEqual([seen[1]]);
    const world = await load(needs(server, [known.serial, unknown]));
    expect(world.recorded).toEqual([{ orgId, serial: unknown, folderId: server.folderId }]);
    await stores().write(({ servers }) => servers.unregister(orgId, server.id));
    expect((await load(needs(server, [unknown]))).recorded).toEqual([]);
  });

  test(`${name}: a server's task is read with what is told of it, and is none of the devices' tasks`, async () => {
    const server = serverRecord();
    const { orgId, id } = server;
    await save([server]);
    const task = taskRecord({
      ...{ orgId, deviceId: id as never, server: server.facts.uid, serial: "" as never },
      ...{ unavailableSince: 5, attention: "SERVER_OVERDUE", wakeAt: 1 },
    });
    await stores().write(({ upgrades }) => upgrades.insertTasks([task]));
    const { upgrades } = stores().read;
    expect((await load(needs(server))).tasks).toEqual([task]);
    expect(await upgrades.openServerTasks(orgId, [id])).toEqual([task]);
    expect(await upgrades.serverTasks(orgId, { serverId: id, limit: 5 })).toEqual([task]);
    expect(await upgrades.tasks(orgId, "everywhere", {}, { limit: 5 })).toEqual([]);
    const due = await stores().write((tx) => tx.upgrades.due(2, 500));
    expect(due.find(({ task: { id: found } }) => found === task.id)?.deviceVersion).toBe("6.17.26511");
    await stores().write(({ upgrades }) =>
      upgrades.saveTasks([
        { before: task, after: { ...task, wakeAt: null, phase: "cancelled", endedAt: 3 } },
      ]),
    );
    const proved = [{ kind: "server" as const, orgId, deviceId: id as never, version: "6.18.1" }];
    await stores().write(({ syncs }) => syncs.save({ ...NOTHING, servers: [], recorded: [], proved }));
    expect((await stores().read.servers.server(orgId, id))?.facts.version).toBe("6.18.1");
  });
}
