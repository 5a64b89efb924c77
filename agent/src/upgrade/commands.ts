import { answerTo } from "./cancel.ts";
import type { OpenJob } from "./job.ts";
import type { CommandRecord } from "./records.ts";

/**
 * Answers a command for a job, in one transaction with what follows from it. `stop`, `undo` and `keep` leave a wish
 * that the job fulfils when it can; a refusal is told to the hub at once.
 */
export function answer(job: OpenJob, record: CommandRecord): void {
  const { kind } = record.command;
  if (kind === "restore") return job.write({ command: { ...record, answer: "over" } }); // of servers only
  const given = answerTo(kind, job.record, job.runs);
  const command = { ...record, answer: given };
  if (given === "late") {
    job.write({ command, event: job.stateEvent({ code: "CANCEL_TOO_LATE" }) });
  } else if (given === "over") {
    // What was given back may be granted again: the wish still stands.
    const stands = job.record.ending?.outcome === "given_back";
    job.write({ command: stands ? record : command });
  } else {
    job.write({ command, job: { wish: wishFor(kind, given) } });
    job.interrupt();
  }
}

/** Before anything was changed, undoing is stopping. */
const wishFor = (kind: "cancel" | "undo", given: "stop" | "undo" | "keep"): "cancel" | "undo" =>
  given === "stop" ? "cancel" : kind;
