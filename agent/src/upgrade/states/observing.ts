import { decideObserving } from "../decide.ts";
import type { Exit } from "../exits.ts";
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
  const isTry = run.seen.lastChunk && run.try > 0;
  const { powerRetries } = job.record;
  job.write({
    job: { powerRetries: powerRetries + (afterPowerLoss ? 1 : 0) },
    runs: [{ ...run, end: isTry ? "failed" : "void" }],
  });
  if (job.runsOf("transfer").every((other) => other.try === 0)) return waitForTurn(job, "image_unavailable");
  return notNow(job) ?? (afterPowerLoss ? waitForTurn(job, "retry") : { move: "resend" });
}

/** `image_unavailable` leads back to staging, which an order to look first has never been in. */
const waitForTurn = (job: OpenJob, reason: "image_unavailable" | "retry"): Exit => ({
  move: "park",
  park: { reason, until: reason === "retry" ? inAMoment(job) : null },
});
