import { INSTALL, isTerminal, JOB_STATES, type JobState } from "@fyr/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newServer, taskRecord } from "../testing/records.ts";
import { serverRecord } from "../testing/server.ts";
import { evaluate } from "../upgrades/evaluate.ts";
import { TIMES, type TaskRecord } from "../upgrades/task.ts";
import { wakeAt } from "../upgrades/wake.ts";
import { stateOf } from "./state.ts";

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 1);
const server = serverRecord({ reportedAt: T0 });
const claimed = (facts: Partial<TaskRecord> = {}): TaskRecord => {
  const task = taskRecord({
    ...{ deviceId: newServer() as never, server: server.facts.uid, phase: "leased", epoch: 1, jobOpen: true },
    ...{ leaseUntil: T0 + 15 * MINUTE, deadline: T0 + 30 * 86_400_000 },
    ...facts,
  });
  return { ...task, wakeAt: wakeAt(task, T0) };
};

const installing = (since: number, jobState: JobState = "settling") =>
  claimed({ phase: "running", jobState, pastNoReturn: true, unavailableSince: since, lastStep: "install" });

test("R-081: up, down and unknown are the server's own word, offline is its agent's silence", () => {
  for (const kind of ["up", "down", "unknown"] as const)
    expect(stateOf({ server: { ...server, standing: { kind } }, task: null, silentSince: null }, T0)).toEqual(
      {
        kind,
      },
    );
  expect(stateOf({ server, task: null, silentSince: T0 }, T0 + 1)).toEqual({ kind: "offline", since: T0 });
});

test("R-081: an agent that fell silent with an order in its hands may be installing: nobody calls that offline", () => {
  const facts = { server, task: claimed({ jobState: "accepted" }), silentSince: T0 };
  expect(stateOf(facts, T0 + 5 * MINUTE)).toEqual({
    ...{ kind: "upgrading", until: T0 + INSTALL.usualMs, attention: false },
  });
  expect(stateOf(facts, T0 + INSTALL.askPersonMs)).toMatchObject({ kind: "upgrading", attention: true });
});

test("R-081: a hub that knows of no task believes the server that says it is being upgraded", () => {
  const upgrading = { kind: "upgrading", until: T0 + MINUTE, attention: false } as const;
  const facts = { server: { ...server, standing: upgrading }, task: null, silentSince: T0 };
  expect(stateOf(facts, T0)).toEqual(upgrading);
  expect(stateOf(facts, T0 + INSTALL.askPersonMs)).toEqual({
    kind: "upgrading",
    until: null,
    attention: true,
  });
});

test("R-081 I7: whenever the hub looks, a server that installs is neither offline nor failed before its budget is over", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<JobState>(...JOB_STATES.filter((state) => state !== "closed")),
      fc.array(fc.integer({ min: 1, max: 90 * MINUTE }), { maxLength: 30, size: "max" }),
      fc.boolean(),
      (jobState, steps, silent) => {
        let task = jobState === "observing" ? observed() : installing(T0, jobState);
        let now = T0;
        for (const step of steps) {
          now += step;
          task = evaluate(task, { now, deviceVersion: "6.17.26511", imageFault: null });
          const shown = stateOf({ server, task, silentSince: silent ? T0 : null }, now);
          expect(shown.kind).toBe("upgrading");
          expect(isTerminal(task.phase)).toBe(false);
          if (now - T0 < INSTALL.askPersonMs) expect(shown).toMatchObject({ attention: false });
          else expect(task.attention).toBe("SERVER_NEEDS_PERSON");
          expect(task.wakeAt, "the hub looks again by itself").not.toBeNull();
        }
      },
    ),
  );
});

const observed = (): TaskRecord => ({
  ...installing(T0, "observing"),
  ...{ phase: "reconciling", lookFirst: true, reconcilingSince: T0, darkSince: T0 },
});

test("a server that nobody sees again is given up after three days, not after a device's one", () => {
  const heard = (now: number) => ({ ...observed(), leaseUntil: now + MINUTE });
  const at = (now: number) => evaluate(heard(now), { now, deviceVersion: null, imageFault: null });
  expect(at(T0 + TIMES.unreachableAfterUpgradeMs).phase).toBe("reconciling");
  expect(at(T0 + TIMES.serverUnreachableMs - 1).phase).toBe("reconciling");
  expect(at(T0 + TIMES.serverUnreachableMs)).toMatchObject({
    ...{ phase: "failed", outcomeCode: "SERVER_NO_RETURN", unavailableSince: null },
  });
});
