import {
  CANCEL_JOB,
  CANCEL_STEP,
  CAMERA_STEP_NAMES,
  JOB_STATES,
  type CameraStep,
  type JobState,
} from "@fyr/protocol";
import { expect, test } from "vitest";
import { answerTo } from "./cancel.ts";
import { newRecord } from "./job.ts";
import { nothingSeen, type JobRecord, type StepRun } from "./records.ts";

const grant = {
  order: { signed: {}, signatures: [] },
  taskId: "0190a000-0000-7000-8000-000000000001",
  epoch: 1,
  targetVersion: "12.11.77",
  sizeBytes: 1,
} as unknown as JobRecord["grant"];

const job = (state: JobState, step: CameraStep | null = null): JobRecord => ({
  ...newRecord(grant, 0),
  state,
  step,
});
const upload = (lastChunk: boolean, end: StepRun["end"] = null): StepRun[] => [
  { act: "transfer", end, seen: { ...nothingSeen, lastChunk } } as StepRun,
];

const PLAIN = JOB_STATES.filter((state) => CANCEL_JOB[state] !== "step");

test.each(PLAIN)("in %s the table of jobs answers", (state) => {
  expect(answerTo("cancel", job(state), [])).toBe(CANCEL_JOB[state]);
});

/** Steps that run in a state whose answer is the step's. */
const IN_STATE = CAMERA_STEP_NAMES.filter((step) => !["apply", "return"].includes(step)).map(
  (step) =>
    [step, ["trial", "commit", "rollback", "settle"].includes(step) ? "verifying" : "executing"] as const,
);

test.each(IN_STATE)("at %s in %s the table of steps answers, and undoing has to be said", (step, state) => {
  const runs = upload(state === "verifying");
  const answer = CANCEL_STEP[step];
  expect(answerTo("undo", job(state, step), runs)).toBe(answer);
  expect(answerTo("cancel", job(state, step), runs)).toBe(answer === "undo" ? "late" : answer);
});

test("the last chunk turns stop into late", () => {
  expect(answerTo("cancel", job("executing", "transfer"), upload(false))).toBe("stop");
  expect(answerTo("cancel", job("executing", "transfer"), upload(true))).toBe("late");
  expect(answerTo("cancel", job("executing", "transfer"), upload(true, "failed"))).toBe("stop");
});

test("between two steps a state answers for its first, never for a stop past the last chunk", () => {
  expect(answerTo("cancel", job("executing"), [])).toBe("stop");
  expect(answerTo("cancel", job("verifying"), upload(true))).toBe("late");
  expect(answerTo("undo", job("verifying"), upload(true))).toBe("undo");
  expect(answerTo("cancel", job("executing", "arm"), upload(true))).toBe("late");
});
