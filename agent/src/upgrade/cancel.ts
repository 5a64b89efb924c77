import { CANCEL_JOB, CANCEL_STEP, type CancelAnswer, type Command } from "@fyr/protocol";
import type { JobRecord, StepRun } from "./records.ts";

/** The upload whose fate decides the job: its newest transfer that was not void. */
export const flashOf = (runs: readonly StepRun[]): StepRun | undefined =>
  runs.findLast(({ act, end }) => act === "transfer" && end !== "void");

export const isPastLastChunk = (runs: readonly StepRun[]): boolean => {
  const flash = flashOf(runs);
  return flash?.end === null && flash.seen?.lastChunk === true;
};

/** The way back is closed: the job only goes forward, whoever asks. */
export function isPastReturn(record: JobRecord, runs: readonly StepRun[]): boolean {
  return isPastLastChunk(runs) && record.state !== "closing" && record.state !== "closed";
}

function byTable(record: JobRecord, runs: readonly StepRun[]): Exclude<CancelAnswer, "now"> {
  const answer = CANCEL_JOB[record.state];
  if (answer !== "step") return answer;
  const step = record.step ?? "identify";
  return step === "transfer" && isPastLastChunk(runs) ? "late" : CANCEL_STEP[step];
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
