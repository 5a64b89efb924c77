import { FolderId, type JobStanding, type ServerReport, type SyncRequest } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import { decideSync } from "../fleet/sync/decide.ts";
import type { LinkRecord } from "../fleet/sync/store.ts";
import { workspace } from "../fleet/sync/workspace.ts";
import { deviceReport, inventoryHash, serialOf } from "../testing/device.ts";
import { newAgent, newOrg, newServer, newTaskId, taskRecord } from "../testing/records.ts";
import { serverReport } from "../testing/server.ts";
import { syncBench, type SyncBench } from "../testing/sync-bench.ts";
import { jobIdOf } from "../upgrades/job-id.ts";

const tell = (bench: SyncBench, report: ServerReport) => bench.send({ servers: [report] });
const only = (bench: SyncBench) => {
  expect(bench.servers.size).toBe(1);
  return [...bench.servers.values()][0]!;
};

test("A-15: the first report registers a server, in the folder of its agent; later ones keep it current", () => {
  const folderId = FolderId.parse(newServer());
  const bench = syncBench({ folderId });
  const report = serverReport({ n: 1, counts: { CORE: 4 } });
  tell(bench, report);
  const first = only(bench);
  expect(first).toMatchObject({ state: "registered", folderId, agentId: bench.link.agentId });
  bench.now += 60_000;
  tell(bench, { ...report, facts: { ...report.facts, counts: { CORE: 5 } }, standing: { kind: "down" } });
  expect(only(bench)).toMatchObject({
    ...{ id: first.id, registeredAt: first.registeredAt, reportedAt: bench.now },
    ...{ facts: { counts: { CORE: 5 } }, standing: { kind: "down" } },
  });
  expect(bench.actions, "a report that changes nothing of note is no entry").toEqual(["server.registered"]);
});

test("a server whose name is not made of its product and machine id is refused", () => {
  const report = serverReport({ n: 1 });
  const forged = { ...report, facts: { ...report.facts, uid: serverReport({ n: 2 }).facts.uid } };
  expect(() => tell(syncBench(), forged)).toThrow("MESSAGE_INVALID");
});

test("A-54: a server that another organisation has is shown as such, and both are told without a name", () => {
  const bench = syncBench();
  const report = serverReport({ n: 1 });
  const other = newOrg();
  bench.owners = [{ uid: report.facts.uid, orgId: other }];
  tell(bench, report);
  tell(bench, report);
  expect(only(bench)).toMatchObject({ state: "elsewhere" });
  expect(bench.trail.map(({ orgId, action }) => [orgId, action])).toEqual([
    [bench.link.orgId, "server.registered_elsewhere"],
    [other, "server.registration_attempted"],
  ]);
  const [mine, theirs] = bench.trail;
  expect(JSON.stringify(mine)).not.toContain(other);
  expect(JSON.stringify({ ...theirs, orgId: "" })).not.toContain(bench.link.orgId);
  expect(JSON.stringify(theirs)).not.toContain(bench.link.agentId);

  bench.owners = [];
  tell(bench, report);
  expect(only(bench), "once it is free there").toMatchObject({ state: "registered" });
  expect(bench.actions.at(-1)).toBe("server.registered");
});

test("of two hosts that call themselves the same, the one that is there stays, and people are told once", () => {
  const bench = syncBench();
  const report = serverReport({ n: 1 });
  tell(bench, report);
  const owner = newAgent();
  bench.servers.set(only(bench).id, { ...only(bench), agentId: owner });
  bench.othersHeard = true;
  tell(bench, { ...report, standing: { kind: "down" } });
  tell(bench, { ...report, standing: { kind: "down" } });
  expect(only(bench)).toMatchObject({ agentId: owner, standing: { kind: "up" } });
  expect(bench.actions).toEqual(["server.registered", "server.cloned"]);
  bench.othersHeard = false;
  tell(bench, report);
  expect(only(bench), "a host that was set up anew takes its own place").toMatchObject({
    agentId: bench.link.agentId,
    rivalId: null,
  });
});

test("R-070: a server that was taken out is not brought back by the agent that had it, but by a new one", () => {
  const bench = syncBench();
  const report = serverReport({ n: 1 });
  tell(bench, report);
  const gone = { ...only(bench), state: "unregistered" } as const;
  bench.servers.set(gone.id, gone);
  tell(bench, report);
  expect(only(bench)).toEqual(gone);
  bench.servers.set(gone.id, { ...gone, agentId: newAgent() });
  tell(bench, report);
  const back = [...bench.servers.values()].find(({ state }) => state === "registered");
  expect(back?.id).not.toBe(gone.id);
});

test("R-025: a device that a server records enters the server's folder, whoever finds it; one that is known stays", () => {
  const bench = syncBench();
  const folderId = FolderId.parse(newServer());
  const [found, known] = [deviceReport({ serial: serialOf(1) }), deviceReport({ serial: serialOf(2) })];
  const say = (...devices: (typeof found)[]) =>
    bench.send({
      inventoryHash: inventoryHash(devices),
      inventory: { whole: true, gone: [], devices, hash: inventoryHash(devices) },
    });
  say(known);
  bench.recorded = [{ orgId: bench.link.orgId, serial: found.serial, folderId }];
  say(found, known);
  expect(bench.devices.get(found.serial)).toMatchObject({ folderId });
  expect(bench.devices.get(known.serial)).toMatchObject({ folderId: bench.link.folderId });
  expect(bench.devices.size, "each appears once").toBe(2);
});

test("what a host cannot tell leaves the devices that it recorded as they were", () => {
  const bench = syncBench();
  const devices = [serialOf(1), serialOf(2)];
  tell(bench, serverReport({ n: 1, devices }));
  expect(only(bench).deviceCount).toBe(2);
  tell(bench, serverReport({ n: 1, devices: "unknown" }));
  expect(only(bench).deviceCount).toBe(2);
  tell(bench, serverReport({ n: 1, devices: [] }));
  expect(only(bench).deviceCount).toBe(0);
});

test("a version that nobody here ordered is written down; one that was ordered ends its task", () => {
  const bench = syncBench();
  tell(bench, serverReport({ n: 1 }));
  const server = only(bench);
  const task = bench.add(
    taskRecord({
      ...{ deviceId: server.id as never, server: server.facts.uid },
      ...{ fromVersion: "6.17.26511", toVersion: "6.18.27001" },
    }),
  );
  tell(bench, serverReport({ n: 1, version: "6.17.30000" }));
  expect(bench.actions.at(-1)).toBe("server.version_changed");
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "leased" });
  bench.tasks.set(task.id, { ...task, phase: "ready" });
  tell(bench, serverReport({ n: 1, version: "6.18.27001" }));
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "skipped" });
});

describe("R-025: the servers of a host are asked for", () => {
  const other = inventoryHash([deviceReport({ serial: serialOf(7) })]);
  const standing = (): JobStanding => {
    const taskId = newTaskId();
    return { taskId, jobId: jobIdOf(taskId, 1), epoch: 1, state: "settling", seqHigh: 3 };
  };

  test.each<[string, () => Partial<SyncRequest>]>([
    ["does not know the site as it is now", () => ({ inventoryHash: other })],
    ["hears of a job that it never gave", () => ({ jobs: [standing()] })],
  ])("by a hub that %s; told of them, it asks no more", (_, said) => {
    const bench = syncBench();
    const asked = said();
    expect(bench.send(asked).answer).toMatchObject({ wantServers: true });
    const told = bench.send({ ...asked, servers: [serverReport({ n: 1 })] });
    expect(told.answer?.wantServers).toBeUndefined();
    expect(only(bench)).toMatchObject({ state: "registered" });
  });

  test("by nobody else: a sync that has nothing to say is answered with nothing", () => {
    const bench = syncBench();
    tell(bench, serverReport({ n: 1 }));
    expect(bench.send().answer).toBeNull();
  });

  test("not by the answer to a request that was overtaken on its way", () => {
    const bench = syncBench();
    const old = bench.request({ inventoryHash: other });
    bench.send({ servers: [serverReport({ n: 1 })], inventoryHash: other });
    const late = bench.send(old, { newestSyncId: bench.link.lastSyncId });
    expect(late.answer?.wantServers).toBeUndefined();
  });
});

test("a report whose answer was lost is told again without a second registration or entry", () => {
  const bench = syncBench();
  const request = bench.request({ servers: [serverReport({ n: 1, devices: [serialOf(1)] })] });
  bench.send(request);
  const first = only(bench);
  bench.send(request);
  expect(only(bench)).toEqual(first);
  expect(bench.actions).toEqual(["server.registered"]);
});

test("R-025 A-15: a device enters the folder of the server that records it also when both are told of at once", () => {
  const orgId = newOrg();
  const [hostFolder, siteFolder] = [newServer(), newServer()].map((id) => FolderId.parse(id));
  const link = (folderId: FolderId | undefined): LinkRecord => ({
    ...syncBench({ orgId, ...(folderId && { folderId }) }).link,
  });
  const [host, site] = [link(hostFolder), link(siteFolder)];
  const nothing = { tasks: [], buffered: [], commands: [], devices: [], servers: [], recorded: [] };
  const space = workspace({ ...nothing, links: [host, site], serverOwners: [] });
  const device = deviceReport({ serial: serialOf(1) });
  const say = (from: LinkRecord, said: Partial<SyncRequest>) => {
    const draft = space.draft(from.agentId)!;
    const bench = syncBench({ ...from });
    decideSync(draft, bench.request(said), bench.context());
    space.keep(draft);
  };
  say(host, { servers: [serverReport({ n: 1, devices: [device.serial] })] });
  const hash = inventoryHash([device]);
  say(site, { inventoryHash: hash, inventory: { whole: true, gone: [], devices: [device], hash } });
  expect(space.changes(0).devices).toMatchObject([{ serial: device.serial, folderId: hostFolder }]);
});
