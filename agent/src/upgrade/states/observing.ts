import { decideObserving } from "../decide.ts";
import { giveBack, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { inAMoment, notNow } from "../timing.ts";
import { watchUntilDecided } from "../watch.ts";

/** Nobody knows what happened at the device: it is looked at until it is plain. */
export const observing = (job: OpenJob): Promise<Exit> =>
  watchUntilDecided(job, {
    paces: job.settings.observeEvery,
    decide: decideObserving,
    atOnce: true,
    resend: (afterPowerLoss) => resend(job, afterPowerLoss),
  });

/** The image goes out once more: at once where that is allowed, else by the way that any job takes. */
function resend(job: OpenJob, afterPowerLoss: boolean): Exit {
  const run = job.openFlash;
  const end = run.seen.lastChunk && run.try > 0 ? "failed" : "void";
  if (job.record.fencedBy !== null) return giveBack("FENCED");
  const powerRetries = job.record.powerRetries + (afterPowerLoss ? 1 : 0);
  return { ...turn(job, afterPowerLoss), job: { powerRetries }, runs: [{ ...run, end }] };
}

/** An order to look first has never been in staging: there it goes before anything is sent. */
function turn(job: OpenJob, afterPowerLoss: boolean): Exit {
  const hasSent = job.runsOf("transfer").some((run) => run.try > 0);
  if (!hasSent) return { move: "park", park: { reason: "image_unavailable", until: null } };
  if (afterPowerLoss) return { move: "park", park: { reason: "retry", until: inAMoment(job) } };
  return notNow(job) ?? { move: "resend" };
}
