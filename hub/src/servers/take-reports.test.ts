import { FolderId, type ServerReport } from "@fyr/protocol";
import { expect, test } from "vitest";
import { deviceReport, inventoryHash, serialOf } from "../testing/device.ts";
import { newAgent, newOrg, newServer, taskRecord } from "../testing/records.ts";
import { serverReport } from "../testing/server.ts";
import { syncBench, type SyncBench } from "../testing/sync-bench.ts";

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
