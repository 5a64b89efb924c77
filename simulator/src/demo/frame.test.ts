import type { Device, Server, ServerUpgrade, Task } from "@fyr/protocol";
import { expect, test } from "vitest";
import { changes, clockText, frame } from "./frame.ts";
import { rowsOf, type Row } from "./rows.ts";
import { serverRow } from "./server.ts";

const device = (serial: string, more: object = {}): Device =>
  ({
    id: serial,
    serial,
    model: "P3265-V",
    version: "12.9.57",
    recommended: null,
    ...more,
  }) as unknown as Device;
const task = (serial: string, more: object = {}): Task =>
  ({
    deviceId: serial,
    serial,
    phase: "running",
    fromVersion: "12.9.57",
    toVersion: "12.11.77",
    holds: [],
    progress: { step: "transfer", state: "executing", percent: 41.6, leftMs: 65_000 },
    lastStep: null,
    outcomeCode: null,
    ...more,
  }) as unknown as Task;

test("a device shows model, way, step, percent and time left", () => {
  const [row] = rowsOf([device("A")], [task("A")]);
  expect(row).toMatchObject({
    from: "12.9.57",
    to: "12.11.77",
    doing: "transfer",
    percent: 41.6,
    leftMs: 65_000,
  });
  const picture = frame([row!], "1 of 1", 24);
  expect(picture).toMatch(/P3265-V +12\.9\.57 → 12\.11\.77 +█{8}░{12} {2}42% {2}transfer +1:05 left/);
  expect(picture).toContain("1 of 1");
});

test("ends, waits and devices without anything to gain have their words", () => {
  const says = (more: object) => rowsOf([device("A")], [task("A", more)])[0]!;
  expect(says({ phase: "succeeded", progress: null })).toMatchObject({
    doing: "done",
    percent: 100,
    over: true,
  });
  expect(says({ phase: "failed", outcomeCode: "DEVICE_NO_RETURN" }).doing).toBe("failed: DEVICE_NO_RETURN");
  expect(says({ phase: "pending", holds: [{ reason: "backoff" }] }).doing).toBe("waits: backoff");
  expect(rowsOf([device("A")], [])[0]).toMatchObject({ doing: "up to date", to: null, over: true });
  const found = device("A", { recommended: { version: "12.11.77" } });
  expect(rowsOf([found], [])[0]).toMatchObject({ doing: "found", over: false });
});

test("R-081: a server that is upgraded shows as unavailable with its expected end, not as a fault", () => {
  const server = { machineId: "4c4c4544", version: "6.17.26511", recommended: { version: "6.18.27687" } };
  const on = (upgrade: object | null) =>
    serverRow({ server: server as unknown as Server, upgrade: upgrade as ServerUpgrade | null }, 1_000);
  const ordered = { fromVersion: "6.17.26511", toVersion: "6.18.27687", phase: "running", expectedEnd: null };
  expect(on(null)).toMatchObject({ doing: "found", to: "6.18.27687", over: false });
  expect(on({ ...ordered, state: "queued", percent: null })).toMatchObject({ doing: "queued", percent: 0 });
  expect(
    on({ ...ordered, state: "installing", unavailable: true, percent: 50, expectedEnd: 66_000 }),
  ).toMatchObject({ doing: "unavailable: installing", percent: 50, leftMs: 65_000, over: false });
  expect(on({ ...ordered, state: "done", phase: "succeeded" })).toMatchObject({ percent: 100, over: true });
  expect(on({ ...ordered, state: "failed", outcomeCode: "INSTALLER_CUT", phase: "failed" }).doing).toBe(
    "failed: INSTALLER_CUT",
  );
});

test("a small terminal shows where something happens, and how much it hides", () => {
  const rows = Array.from({ length: 40 }, (_, n): Row => ({
    serial: `${n}`,
    model: `M${n}`,
    from: "1.0",
    to: "2.0",
    doing: n === 33 ? "transfer" : "done",
    percent: n === 33 ? 10 : 100,
    leftMs: null,
    over: n !== 33,
  }));
  const picture = frame(rows, "status", 12);
  expect(picture.split("\n").length).toBeLessThanOrEqual(12);
  expect(picture).toContain("M33");
  expect(picture).toContain("… and 32 more");
});

test("only what changed is told in a pipe", () => {
  const [row] = rowsOf([device("A")], [task("A")]);
  const before = new Map([["A", row!]]);
  expect(changes(before, [{ ...row!, percent: 50 }])).toEqual([]);
  expect(changes(before, [{ ...row!, doing: "apply" }])).toHaveLength(1);
  expect([clockText(0), clockText(61_400), clockText(-5)]).toEqual(["0:00", "1:01", "0:00"]);
});
