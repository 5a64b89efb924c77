import { AxisVersion, type DeviceReport } from "@fyr/protocol";
import { expect, test } from "vitest";
import { deviceReport, inventoryHash, serialOf } from "../../testing/device.ts";
import { newAgent, taskRecord } from "../../testing/records.ts";
import { syncBench, type SyncBench } from "../../testing/sync-bench.ts";

const device = (n: number, facts: Partial<DeviceReport> = {}) =>
  deviceReport({ serial: serialOf(n), ...facts });
const NEWER = AxisVersion.parse("12.11.77");

function tell(
  bench: SyncBench,
  devices: DeviceReport[],
  delta: Partial<{ whole: boolean; gone: DeviceReport["serial"][]; hash: string }> = {},
) {
  const hash = delta.hash ?? inventoryHash(devices);
  return bench.send({ inventoryHash: hash, inventory: { whole: true, gone: [], devices, ...delta, hash } });
}

/** A device that the hub knows, with a task that waits for it. */
function waiting(facts: Parameters<typeof taskRecord>[0] = {}) {
  const bench = syncBench();
  tell(bench, [device(1)]);
  const known = bench.devices.get(serialOf(1))!;
  const task = bench.add(taskRecord({ deviceId: known.id, serial: known.serial, ...facts }));
  return { bench, known, task };
}

test("the hub wants the whole inventory when it holds another one, and is content with one that it holds", () => {
  const bench = syncBench();
  expect(bench.send({ inventoryHash: "a".repeat(64) }).answer).toMatchObject({ wantInventory: true });
  expect(tell(bench, [device(1)]).answer).toBeNull();
  expect(bench.send({ inventoryHash: inventoryHash([device(1)]) }).answer).toBeNull();
});

test("a change is taken on top of what is known, and not for the whole of what is not", () => {
  const bench = syncBench();
  tell(bench, [device(1), device(2)]);
  const both = [device(1), device(2, { address: "10.0.0.9:80" })];
  expect(tell(bench, [both[1]!], { whole: false, hash: inventoryHash(both) }).answer).toBeNull();
  expect(bench.devices.get(serialOf(2))).toMatchObject({ address: "10.0.0.9:80" });
  const empty = syncBench({ inventoryHash: null });
  expect(tell(empty, [device(1)], { whole: false }).answer).toMatchObject({ wantInventory: true });
  expect(empty.devices.size).toBe(1);
});

test("a device that is gone is kept, and marked", () => {
  const bench = syncBench();
  tell(bench, [device(1), device(2), device(3)]);
  tell(bench, [device(1)], { whole: false, gone: [serialOf(2)], hash: "b".repeat(64) });
  expect(bench.devices.get(serialOf(2))).toMatchObject({ trouble: "unreachable" });
  tell(bench, [device(1)]);
  expect([1, 2, 3].map((n) => bench.devices.get(serialOf(n))?.trouble)).toEqual([
    null,
    "unreachable",
    "unreachable",
  ]);
  tell(bench, [device(1), device(3)]);
  expect(bench.devices.get(serialOf(3))).toMatchObject({ trouble: null });
});

test("whoever reports a device owns it, and what waits for it", () => {
  const { bench, known, task } = waiting();
  const other = newAgent();
  bench.devices.set(known.serial, { ...known, agentId: other });
  bench.tasks.set(task.id, { ...task, agentId: other });
  tell(bench, [device(1)], { hash: "c".repeat(64) });
  expect(bench.devices.get(known.serial)).toMatchObject({ agentId: bench.link.agentId, id: known.id });
  expect(bench.tasks.get(task.id)).toMatchObject({
    agentId: bench.link.agentId,
    epoch: 1,
    phase: "leased",
    lookFirst: false,
  });
});

test("a task that an agent holds follows its device only when that agent can be counted out", () => {
  const { bench, known, task } = waiting();
  const other = newAgent();
  const heldBy = (leaseUntil: number) => {
    bench.devices.set(known.serial, { ...known, agentId: other });
    bench.tasks.set(task.id, {
      ...task,
      agentId: other,
      phase: "running",
      epoch: 3,
      jobOpen: true,
      leaseUntil,
    });
  };
  heldBy(bench.now + 1);
  tell(bench, [device(1)], { hash: "d".repeat(64) });
  expect(bench.tasks.get(task.id)).toMatchObject({ agentId: other, phase: "running", epoch: 3 });
  heldBy(bench.now - 1);
  const { answer } = tell(bench, [device(1)], { hash: "e".repeat(64) });
  expect(answer?.grants).toMatchObject([{ taskId: task.id, epoch: 4 }]);
  expect(bench.tasks.get(task.id)).toMatchObject({
    agentId: bench.link.agentId,
    phase: "reconciling",
    lookFirst: true,
  });
});

test("a device that has what it shall get makes its task superfluous", () => {
  const { bench, task } = waiting();
  tell(bench, [device(1, { version: NEWER })]);
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "skipped", endedAt: bench.now });
});

test("a version that nobody here ordered is written down", () => {
  const { bench, task } = waiting();
  tell(bench, [device(1, { version: AxisVersion.parse("11.11.90") })]);
  expect(bench.actions).toEqual(["device.version_changed"]);
  bench.tasks.set(task.id, { ...bench.tasks.get(task.id)!, phase: "running", jobOpen: true });
  tell(bench, [device(1, { version: NEWER })]);
  expect(bench.actions).toHaveLength(1);
});

test("a login that works again, and a version that changed, end the holds that waited for them", () => {
  const hold = (reason: "credentials" | "dependency") =>
    ({ reason, until: null, since: 0, code: "DEVICE_DENIED" }) as const;
  const { bench, task } = waiting({ phase: "pending", holds: [hold("credentials")] });
  tell(bench, [device(1)], { hash: "1".repeat(64) });
  expect(bench.tasks.get(task.id), "no news of the login").toMatchObject({ phase: "pending" });
  tell(bench, [device(1, { trouble: "credentials_refused" })]);
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "pending" });
  tell(bench, [device(1)]);
  expect(bench.tasks.get(task.id)).toMatchObject({ phase: "leased", holds: [] });

  const bridged = waiting({ phase: "pending", holds: [hold("dependency")] });
  tell(bridged.bench, [device(1, { version: AxisVersion.parse("12.0.1") })]);
  expect(bridged.bench.tasks.get(bridged.task.id)).toMatchObject({ phase: "leased" });
});
