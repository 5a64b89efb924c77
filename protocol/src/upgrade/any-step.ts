import { CANCEL_STEP, type CancelAnswer } from "./cancel.ts";
import { SERVER_STEP_NAMES, SERVER_STEPS, type ServerStep } from "./server.ts";
import { CAMERA_STEP_NAMES, CAMERA_STEPS, type CameraStep, type StepFacts } from "./steps.ts";

/** A step of any upgrade: the names of cameras' and servers' steps are different. */
export type AnyStep = CameraStep | ServerStep;

export const STEPS: Readonly<Record<AnyStep, StepFacts>> = { ...CAMERA_STEPS, ...SERVER_STEPS };

const isFrom = <S extends string>(names: readonly S[], first: S, step: string): boolean =>
  (names as readonly string[]).indexOf(step) >= names.indexOf(first);

/** Whether the step, or one before it, changes what runs: an upgrade that came so far is more than prepared. */
export const changesTarget = (step: AnyStep): boolean =>
  isCameraStep(step)
    ? isFrom(CAMERA_STEP_NAMES, "transfer", step)
    : isFrom(SERVER_STEP_NAMES, "install", step);

const isCameraStep = (step: AnyStep): step is CameraStep => step in CAMERA_STEPS;

/** What a wish to cancel meets at this step; a server's steps all come after it was claimed. */
export const cancelAt = (step: AnyStep): CancelAnswer | "claimed" =>
  isCameraStep(step) ? CANCEL_STEP[step] : "claimed";
