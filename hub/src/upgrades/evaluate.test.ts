import { isTerminal, TASK_PHASES, type Hold } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { taskRecord } from "../testing/records.ts";
import { evaluate, type TaskFacts } from "./evaluate.ts";
import { granted, isGrantable } from "./grant.ts";
import { TIMES, type TaskRecord } from "./task.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const facts = (more: Partial<TaskFacts> = {}): TaskFacts => ({
  now: NOW,
  deviceVersion: "11.11.85",
  imageFault: null,
  ...more,
});
const hold = (reason: Hold["reason"], until: number | null, code: Hold["code"] = null): Hold => ({
  reason,
  until,
  since: 0,
  code,
});

test("a pending task is released when its last hold ends, and not before", () => {
  const held = taskRecord({ phase: "pending", holds: [hold("backoff", NOW + 5), hold("penalty", NOW + 9)] });
  expect(evaluate(held, facts({ now: NOW + 4 }))).toMatchObject({ phase: "pending", wakeAt: NOW + 5 });
  expect(evaluate(held, facts({ now: NOW + 5 }))).toMatchObject({ phase: "pending", wakeAt: NOW + 9 });
  expect(evaluate(held, facts({ now: NOW + 9 }))).toMatchObject({
    phase: "ready",
    holds: [],
    wakeAt: held.deadline,
  });
});

test("a device that has what it shall get is skipped, an agent that may be at it is let finish", () => {
  for (const phase of ["pending", "ready"] as const) {
    expect(evaluate(taskRecord({ phase }), facts({ deviceVersion: "12.11.77" })).phase).toBe("skipped");
    expect(evaluate(taskRecord({ phase }), facts({ deviceVersion: "13.0.1" })).phase).toBe("skipped");
    expect(evaluate(taskRecord({ phase }), facts({ deviceVersion: "12.11.76" })).phase).toBe("ready");
  }
  const lapsed = taskRecord({ phase: "ready", jobOpen: true, epoch: 1, lookFirst: true });
  expect(evaluate(lapsed, facts({ deviceVersion: "12.11.77" })).phase).toBe("ready");
});

test("a deadline ends what nobody started; a touched task waits a day longer for the site's word", () => {
  const task = taskRecord({ deadline: NOW });
  expect(evaluate(task, facts())).toMatchObject({
    phase: "expired",
    outcomeCode: "DEADLINE_PASSED",
    endedAt: NOW,
  });
  const touched = { ...task, lookFirst: true, jobOpen: true, epoch: 3 };
  expect(evaluate(touched, facts())).toMatchObject({ phase: "ready", wakeAt: NOW + TIMES.lateWordMs });
  const late = evaluate(touched, facts({ now: NOW + TIMES.lateWordMs }));
  expect(late, "and whoever comes after is fenced").toMatchObject({
    phase: "expired",
    epoch: 4,
    jobOpen: false,
  });
});

test("an image that is withdrawn holds its tasks, one that comes back frees them", () => {
  const withdrawn = evaluate(taskRecord(), facts({ imageFault: "IMAGE_WITHDRAWN" }));
  expect(withdrawn).toMatchObject({
    phase: "pending",
    holds: [{ reason: "artifact_unavailable", code: "IMAGE_WITHDRAWN" }],
  });
  expect(evaluate(withdrawn, facts({ imageFault: "IMAGE_UNKNOWN" })).holds).toMatchObject([
    { code: "IMAGE_UNKNOWN" },
  ]);
  expect(evaluate(withdrawn, facts())).toMatchObject({ phase: "ready", holds: [] });
});

test("a lease that lapses gives a task back to the queue before it touched anything, and puts it in doubt after", () => {
  const leased = taskRecord({ phase: "leased", epoch: 1, jobOpen: true, leaseUntil: NOW });
  expect(evaluate({ ...leased, wakeAt: NOW }, facts({ now: NOW - 1 }))).toEqual({ ...leased, wakeAt: NOW });
  expect(evaluate(leased, facts())).toMatchObject({
    phase: "ready",
    lookFirst: true,
    jobOpen: true,
    leaseUntil: null,
  });
  const running = { ...leased, phase: "running" as const };
  expect(evaluate(running, facts())).toMatchObject({
    phase: "reconciling",
    lookFirst: true,
    reconcilingSince: NOW,
  });
});

test("a device is called dead after a day without an answer, while its agent is heard", () => {
  const doubt = taskRecord({
    phase: "reconciling",
    epoch: 1,
    jobOpen: true,
    reconcilingSince: NOW,
    darkSince: NOW,
  });
  const at = NOW + TIMES.unreachableAfterUpgradeMs;
  const heard = { ...doubt, leaseUntil: at + HOUR };
  expect(evaluate(heard, facts({ now: at - 1 })).phase).toBe("reconciling");
  expect(evaluate(heard, facts({ now: at }))).toMatchObject({
    ...{ phase: "failed", outcomeCode: "DEVICE_UNREACHABLE_AFTER_UPGRADE", epoch: 2, jobOpen: false },
  });
  const silent = { ...doubt, leaseUntil: at - HOUR };
  expect(evaluate(silent, facts({ now: at }))).toMatchObject({ phase: "reconciling", wakeAt: at + HOUR });
});

test("a site that is silent is waited for a month, then its tasks are over", () => {
  const doubt = taskRecord({
    phase: "reconciling",
    epoch: 1,
    jobOpen: true,
    reconcilingSince: NOW,
    leaseUntil: NOW,
  });
  const at = NOW + TIMES.siteSilentMs;
  expect(evaluate(doubt, facts({ now: at - 1 }))).toMatchObject({ phase: "reconciling", wakeAt: at });
  expect(evaluate(doubt, facts({ now: at })).phase).toBe("failed");
});

test("a wish to cancel ends a queued task", () => {
  expect(
    evaluate(taskRecord({ phase: "pending", cancel: "requested", holds: [hold("penalty", null)] }), facts()),
  ).toMatchObject({
    ...{ phase: "cancelled", cancel: "done" },
  });
});

const records = fc
  .record({
    phase: fc.constantFrom(...TASK_PHASES),
    jobOpen: fc.boolean(),
    lookFirst: fc.boolean(),
    cancel: fc.constantFrom("none", "requested" as const),
    deadline: fc.constantFrom(NOW - HOUR, NOW, NOW + HOUR),
    leaseUntil: fc.constantFrom(null, NOW - 1, NOW + 1),
    reconcilingSince: fc.constantFrom(null, NOW - TIMES.siteSilentMs, NOW - 1),
    darkSince: fc.constantFrom(null, NOW - TIMES.unreachableAfterUpgradeMs, NOW - 1),
    holds: fc.subarray([
      hold("backoff", NOW - 1),
      hold("penalty", NOW + 1),
      hold("credentials", null),
      hold("agent_offline", null),
    ]),
  })
  .map((some) => {
    const held = some.phase !== "pending" && some.phase !== "ready";
    return taskRecord({
      ...some,
      cancel: some.cancel as TaskRecord["cancel"],
      leaseUntil: held ? some.leaseUntil : null,
      epoch: 1,
    });
  });

test("judged twice is judged once, and whoever has not ended is looked at again", () => {
  fc.assert(
    fc.property(
      records,
      fc.constantFrom(null, "IMAGE_WITHDRAWN" as const),
      fc.constantFrom(null, "11.11.85", "12.11.77"),
      (task, imageFault, deviceVersion) => {
        const given = { now: NOW, imageFault, deviceVersion };
        const once = evaluate(task, given);
        if (isTerminal(task.phase)) return void expect(once.phase).toBe(task.phase);
        const twice = evaluate(once, given);
        if (once.phase === task.phase) expect(twice).toEqual(once);
        expect(once.wakeAt === null).toBe(isTerminal(once.phase));
      },
    ),
  );
});

test("only what is ready, or in doubt with nobody at it, is given out; under a new epoch", () => {
  fc.assert(
    fc.property(records, (task) => {
      const may = task.phase === "ready" || (task.phase === "reconciling" && !task.jobOpen);
      if (!may) return void expect(isGrantable(task, NOW)).toBe(false);
      if (!isGrantable(task, NOW)) return void expect(task.phase).toBe("reconciling");
      const next = granted(task, { now: NOW, leaseMs: 1_000 });
      expect(next).toMatchObject({ epoch: task.epoch + 1, jobOpen: true, ackedSeq: 0, holds: [] });
      expect(next.phase).toBe(task.phase === "ready" ? "leased" : "reconciling");
    }),
  );
});
