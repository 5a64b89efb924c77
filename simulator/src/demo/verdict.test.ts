import type { ServerUpgrade, Task } from "@fyr/protocol";
import { describe, expect, test } from "vitest";
import type { DeviceTruth, ServerTruth } from "./truth.ts";
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

const figures = { server: null, seconds: 1, agentKills: 0, hubKills: 0 };

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

describe("the ACS Pro server", () => {
  const target = "6.18.27687";
  const truth: ServerTruth = { target, running: target, starts: ["6.17.26511", target] };
  const upgrade = (state: ServerUpgrade["state"], outcomeCode: ServerUpgrade["outcomeCode"] = null) =>
    ({ state, outcomeCode }) as ServerUpgrade;
  const ending = (told: ServerUpgrade | null, more: Partial<ServerTruth> = {}) =>
    judge({
      ...{ wanted: [], tasks: [], truth: [], ...figures },
      server: { upgrade: told, truth: { ...truth, ...more } },
    });

  test("is upgraded when its own service says so, and the hub too", () => {
    expect(ending(upgrade("done"))).toMatchObject({ ok: true, servers: 1, serversUpgraded: 1, problems: [] });
  });

  test.each([
    ["runs its old version", upgrade("done"), { running: "6.17.26511" }, "the hub says done"],
    ["answers nobody", upgrade("failed", "SERVER_NO_RETURN"), { running: null }, "SERVER_NO_RETURN"],
    ["was installed on twice", upgrade("done"), { starts: [target, target] }, "2 times"],
    ["is upgraded behind the hub's back", upgrade("failed"), {}, "the hub says failed"],
  ])("that %s is no success", (_, told, more, problem) => {
    const verdict = ending(told, more);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems.join()).toContain(problem);
  });
});
