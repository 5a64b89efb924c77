import { CAMERA_STEP_NAMES, CAMERA_STEPS, JOB, JOB_STATES, type JobMove, type JobState } from "@fyr/protocol";
import type { ActName } from "./records.ts";

/** Around the commit of one transition of a job. */
export type TransitionPoint = `job/${JobState}/${JobMove}/${"before" | "after"}`;
/** Around the commit of an intent, and after the act that it announced. */
export type ActPoint = `step/${ActName}/${"before-intent" | "after-intent" | "after-act"}`;
/** Around a step that changes nothing and so needs no intent. */
export type StepPoint = `step/${string}/${"before" | "after"}`;
export type LastChunkPoint = `step/transfer/${"before-last-chunk" | "after-last-chunk"}`;
export type KillPoint = TransitionPoint | ActPoint | StepPoint | LastChunkPoint;

const transitions = JOB_STATES.flatMap((state) =>
  (Object.keys(JOB[state]) as JobMove[]).flatMap((move): TransitionPoint[] => [
    `job/${state}/${move}/before`,
    `job/${state}/${move}/after`,
  ]),
);

/** What has an intent: the steps whose table says so, and the restart that a legacy device is asked for. */
export const ACTS: readonly ActName[] = [
  ...CAMERA_STEP_NAMES.filter(
    (step): step is Exclude<ActName, "restart"> & typeof step => CAMERA_STEPS[step].intent,
  ),
  "restart",
];

const acts = ACTS.flatMap((act): ActPoint[] => [
  `step/${act}/before-intent`,
  `step/${act}/after-intent`,
  `step/${act}/after-act`,
]);

const steps = CAMERA_STEP_NAMES.filter((step) => !CAMERA_STEPS[step].intent).flatMap((step): StepPoint[] => [
  `step/${step}/before`,
  `step/${step}/after`,
]);

/**
 * Every point at which a test may end the process: generated from the tables, so that a new state or step brings its
 * own (upgrades.md 5.3). Each is reached by some run; the kill sweep walks this list.
 */
export const KILL_POINTS: readonly KillPoint[] = [
  ...transitions,
  ...steps,
  ...acts,
  "step/transfer/before-last-chunk",
  "step/transfer/after-last-chunk",
];
