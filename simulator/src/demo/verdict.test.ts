import type { Task } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { DeviceTruth } from "./truth.ts";
import { judge } from "./verdict.ts";

const device = (serial: string, more: Partial<DeviceTruth> = {}): DeviceTruth => ({
  serial,
  model: "P3265-V",
  address: "127.20.0.1",
  target: "12.11.77",
  active: "12.11.77",
  committed: true,
  flashedTwice: [],
  ...more,
});
const task = (serial: string, phase: Task["phase"] = "succeeded"): Task =>
  ({ serial, phase, outcomeCode: phase === "failed" ? "DEVICE_NO_RETURN" : null }) as Task;

const figures = { seconds: 1, agentKills: 0, hubKills: 0 };

test("well is what every wanted device proves", () => {
  const truth = [device("A"), device("B"), device("C", { active: "9.80.1" })];
  const verdict = judge({ wanted: ["A", "B"], tasks: [task("A"), task("B")], truth, ...figures });
  expect(verdict).toMatchObject({
    ok: true,
    devices: 3,
    upgraded: 2,
    failed: 0,
    flashedTwice: 0,
    problems: [],
  });
});

test.each([
  ["an old version", { active: "12.9.57" }, "succeeded"],
  ["a version on trial", { committed: false }, "succeeded"],
  ["a device that the hub gave up", { active: "12.9.57" }, "failed"],
] as const)("%s is no success, whatever the hub says", (_, more, phase) => {
  const verdict = judge({ wanted: ["A"], tasks: [task("A", phase)], truth: [device("A", more)], ...figures });
  expect(verdict).toMatchObject({ ok: false, upgraded: 0, failed: 1 });
  expect(verdict.problems[0]).toContain(phase);
});

test("a success that the hub does not know, a device that is gone and one flashed twice are told", () => {
  const twice = { flashedTwice: [{ rule: "overlap", upload: 2 }] };
  const verdict = judge({
    wanted: ["A", "B", "C"],
    tasks: [task("A", "running"), task("C")],
    truth: [device("A"), device("C", twice)],
    ...figures,
  });
  expect(verdict).toMatchObject({ ok: false, upgraded: 2, failed: 1, flashedTwice: 1 });
  expect(verdict.problems).toEqual([
    "A runs 12.11.77, yet the hub says running",
    "B is not in the site",
    "C was flashed twice: overlap",
  ]);
});
