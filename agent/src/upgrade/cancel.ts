import { CANCEL_JOB, CANCEL_STEP, type CancelAnswer, type Command } from "@fyr/protocol";
import type { JobRecord, StepRun } from "./records.ts";

/** The upload whose fate decides the job: its newest transfer that was not void. */
export const flashOf = (runs: readonly StepRun[]): StepRun | undefined =>
  runs.findLast(({ act, end }) => act === "transfer" && end !== "void");

export const isPastLastChunk = (runs: readonly StepRun[]): boolean => {
  const flash = flashOf(runs);
  return flash?.end === null && flash.seen?.lastChunk === true;
};

/** The step that a state begins with, before the first one is entered. */
const FIRST_STEP = { executing: "identify", verifying: "trial" } as const;

function byTable(record: JobRecord, runs: readonly StepRun[]): Exclude<CancelAnswer, "now"> {
  const { state } = record;
  const answer = CANCEL_JOB[state];
  if (answer !== "step") return answer;
  const ofStep = CANCEL_STEP[record.step ?? FIRST_STEP[state as keyof typeof FIRST_STEP]];
  return ofStep === "stop" && isPastLastChunk(runs) ? "late" : ofStep;
}

/**
 * What a wish meets at this moment (upgrades.md 5.7). Where the upgrade can only be undone, the plain wish to cancel
 * is refused: a person has to say that undoing is what they want.
 */
export function answerTo(
  kind: Command["kind"],
  record: JobRecord,
  runs: readonly StepRun[],
): Exclude<CancelAnswer, "now"> {
  const answer = byTable(record, runs);
  return answer === "undo" && kind === "cancel" ? "late" : answer;
}
