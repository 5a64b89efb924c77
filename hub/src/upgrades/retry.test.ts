import { FAULT_CODES, FAULTS, TASK_TIMES, type FaultCode } from "@fyr/protocol";
import { expect, test } from "vitest";
import { taskRecord } from "../testing/records.ts";
import { evaluate } from "./evaluate.ts";
import { afterFailure } from "./retry.ts";
import { TIMES, type TaskRecord } from "./task.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 1);

const running = (facts: Partial<TaskRecord> = {}) => taskRecord({ phase: "running", epoch: 1, ...facts });
const ask = (task: TaskRecord, code: FaultCode | null, chance = 1, now = NOW) =>
  afterFailure(task, code, now, () => chance);

/** The same failure again and again; what is between is time. */
function again(
  code: FaultCode,
  times: number,
  facts: Partial<TaskRecord> = {},
): { waits: (number | null)[]; task: TaskRecord } {
  let task = running({ deadline: NOW + 400 * DAY, ...facts });
  let now = NOW;
  const waits: (number | null)[] = [];
  for (let n = 0; n < times; n++) {
    task = ask(task, code, 1, now);
    const until = task.holds[0]?.until ?? null;
    waits.push(until === null ? null : until - now);
    if (task.phase !== "pending" || until === null) break;
    now = until;
    task = evaluate(task, { now, deviceVersion: null, imageFault: null });
    expect(task.phase).toBe("ready");
    task = { ...task, phase: "running" };
  }
  return { waits, task };
}

test("a passing trouble is tried again: five times a round, three rounds, then it is a failure", () => {
  const { waits, task } = again("TRANSFER_CUT", 100);
  const round = [1, 2, 5, 15].map((minutes) => minutes * MINUTE);
  expect(waits).toEqual([...round, DAY, ...round, DAY, ...round, null]);
  expect(task).toMatchObject({ phase: "failed", outcomeCode: "TRANSFER_CUT" });
});

test("with windows, the next round waits for the next window", () => {
  const windows = [
    { opensAt: NOW - MINUTE, closesAt: NOW + MINUTE },
    { opensAt: NOW + 3 * DAY, closesAt: NOW + 3 * DAY + MINUTE },
  ];
  const task = ask(running({ windows, tries: { transient: 4, rounds: 0, device: 0 } }), "TRANSFER_CUT");
  expect(task.holds).toMatchObject([{ reason: "backoff", until: NOW + 3 * DAY }]);
});

test("back-off has full jitter", () => {
  const waits = [0, 0.25, 0.999].map(
    (chance) => (ask(running(), "TRANSFER_CUT", chance).holds[0]?.until ?? 0) - NOW,
  );
  expect(waits).toEqual([0, 15_000, 59_940]);
});

test("a device that fails three times rests for a day, and others go on", () => {
  const { waits, task } = again("DEVICE_REJECTED", 4);
  expect(waits).toEqual([MINUTE, 2 * MINUTE, DAY, MINUTE]);
  expect(
    ask(running({ tries: { transient: 0, rounds: 0, device: 2 } }), "HEALTH_FAILED").holds,
  ).toMatchObject([{ reason: "penalty", until: NOW + TASK_TIMES.penaltyMs, code: "HEALTH_FAILED" }]);
  expect(task.tries.device).toBe(1);
});

test("what only a person can mend waits for one, under a name and without a time", () => {
  const held = (code: FaultCode) => ask(running(), code);
  expect(held("DEVICE_DENIED")).toMatchObject({
    phase: "pending",
    holds: [{ reason: "credentials", until: null, code: "DEVICE_DENIED" }],
  });
  expect(held("IMAGE_PATH_BLOCKED").holds).toMatchObject([{ reason: "dependency" }]);
  expect(held("BACKUP_FAILED").holds).toMatchObject([{ reason: "compat", code: "BACKUP_FAILED" }]);
  const later = { now: NOW + 5 * DAY, deviceVersion: null, imageFault: null };
  expect(evaluate(held("DEVICE_DENIED"), later).phase).toBe("pending");
});

test("what will never work is over", () => {
  expect(ask(running(), "IMAGE_WRONG_MODEL")).toMatchObject({
    phase: "failed",
    outcomeCode: "IMAGE_WRONG_MODEL",
  });
  expect(ask(running(), "DEVICE_REPLACED")).toMatchObject({
    phase: "failed",
    outcomeCode: "DEVICE_REPLACED",
  });
  expect(ask(running(), "DEADLINE_PASSED")).toMatchObject({
    phase: "expired",
    outcomeCode: "DEADLINE_PASSED",
  });
});

test("an unknown outcome is never tried again blindly", () => {
  const unknown = ask(running(), "DEVICE_NO_RETURN");
  expect(unknown).toMatchObject({ phase: "reconciling", lookFirst: true, darkSince: NOW });
  expect(unknown.holds).toMatchObject([{ reason: "backoff", until: NOW + TIMES.lookAgainMs }]);
});

test.each(FAULT_CODES)("after %s a task goes where its class says", (code) => {
  const { phase, holds } = ask(running(), code);
  const places = {
    transient: "pending",
    device: "pending",
    fix_needed: "pending",
    permanent: "failed",
    indeterminate: "reconciling",
  };
  expect(phase).toBe(code === "DEADLINE_PASSED" ? "expired" : places[FAULTS[code].retry]);
  if (phase === "pending") expect(holds).toHaveLength(1);
});

test.each(FAULT_CODES)(
  "after %s a wish to cancel comes first, unless nobody knows what the device runs",
  (code) => {
    const { phase } = ask(running({ cancel: "requested" }), code);
    if (code === "DEADLINE_PASSED") return expect(phase).toBe("expired");
    expect(phase).toBe(FAULTS[code].retry === "indeterminate" ? "reconciling" : "cancelled");
  },
);
