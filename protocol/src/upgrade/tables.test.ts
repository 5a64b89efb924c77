import { describe, expect, test } from "vitest";
import {
  CAMERA_STEP_NAMES,
  CAMERA_STEPS,
  CANCEL_JOB,
  CANCEL_STEP,
  CANCEL_TASK,
  HOLDS,
  JOB,
  PARK_REASONS,
  PAST_ARMED,
  PROOF_BY_GENERATION,
  READINGS_SINCE,
  RESUME,
  TASK,
  TASK_PHASES,
  compareVersions,
  isTerminal,
  nextPhase,
  nextState,
  proofFor,
} from "../index.ts";

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

function reachable(table: Table, from: string): Set<string> {
  const seen = new Set([from]);
  for (const state of seen) for (const next of Object.values(table[state] ?? {})) seen.add(next);
  return seen;
}

describe.each<[string, Table, string]>([
  ["task", TASK, "pending"],
  ["job", JOB, "accepted"],
])("the %s table", (_name, table, start) => {
  test("every edge leads to a state of the table", () => {
    for (const edges of Object.values(table))
      for (const to of Object.values(edges)) expect(table).toHaveProperty(to);
  });

  test("every state can be reached from the start", () => {
    expect([...reachable(table, start)].sort()).toEqual(Object.keys(table).sort());
  });

  test("every state leads to an end", () => {
    const isEnd = (state: string) => Object.keys(table[state] ?? {}).length === 0;
    for (const state of Object.keys(table)) expect([...reachable(table, state)].some(isEnd)).toBe(true);
  });
});

test("a terminal phase never changes", () => {
  const ends = TASK_PHASES.filter(isTerminal);
  expect(ends).toEqual([
    "succeeded",
    "skipped",
    "failed",
    "rolled_back",
    "cancelled",
    "expired",
    "superseded",
  ]);
  for (const phase of ends) expect(nextPhase(phase, "grant")).toBeUndefined();
});

test("an outcome unknown to the hub is never granted as a fresh upgrade", () => {
  expect(Object.values(TASK.reconciling)).not.toContain("ready");
});

test("no job wakes up to send an image again without looking at the device", () => {
  for (const state of PAST_ARMED) expect(RESUME[state]).toBe("observing");
  expect(nextState("observing", "resend")).toBe("executing");
});

test("resuming never ends a job by itself and never skips a state", () => {
  for (const [state, resumed] of Object.entries(RESUME)) {
    expect([state, "observing"]).toContain(resumed);
  }
});

test("every park reason wakes along an edge of the job table", () => {
  for (const { to } of Object.values(PARK_REASONS)) expect(nextState("parked", to)).toBeDefined();
});

test("every hold says what ends it", () => {
  for (const { wakes } of Object.values(HOLDS)) expect(["time", "person", "fact", "info"]).toContain(wakes);
});

describe("the cancel tables", () => {
  test("what is over stays over", () => {
    for (const phase of TASK_PHASES) expect(CANCEL_TASK[phase] === "over").toBe(isTerminal(phase));
  });

  test("nothing past the point of no return can be stopped", () => {
    for (const step of CAMERA_STEP_NAMES) {
      if (CAMERA_STEPS[step].way === "noReturn") expect(CANCEL_STEP[step]).toBe("late");
    }
    expect(CANCEL_JOB.settling).toBe("late");
  });

  test("hub and agent agree: what the hub ends at once, no agent holds", () => {
    const now = TASK_PHASES.filter((phase) => CANCEL_TASK[phase] === "now");
    expect(now).toEqual(["pending", "ready"]);
  });
});

describe("proof by generation", () => {
  test("is ordered from new to old and covers everything", () => {
    const since = PROOF_BY_GENERATION.map((proof) => proof.since);
    expect(since).toEqual([...since].sort(compareVersions).reverse());
    expect(proofFor("5.51.7").name).toBe("legacy");
    expect(proofFor("13.0.33").name).toBe("boot id");
  });

  test("asks no generation for a reading that it does not have yet", () => {
    for (const proof of PROOF_BY_GENERATION) {
      const oldest = proof.since;
      for (const reading of proof.versionFrom)
        expect(compareVersions(READINGS_SINCE[reading], oldest)).toBeLessThanOrEqual(0);
    }
  });

  test("always offers a way to prove a boot", () => {
    for (const proof of PROOF_BY_GENERATION) expect(proof.boot.length).toBeGreaterThan(0);
  });
});
