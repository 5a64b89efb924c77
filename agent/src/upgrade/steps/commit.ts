import { CAMERA_STEPS } from "@fyr/protocol";
import type { Exit } from "../exits.ts";
import { faultOr, type OpenJob } from "../job.ts";
import { conclude } from "../observe.ts";
import { actOn, watch } from "../sight.ts";

/**
 * S8: the trial is made final. Asking twice does no harm; whether it worked is read from the device, not from its
 * answer.
 */
export async function commit(job: OpenJob): Promise<Exit | null> {
  if (job.reading?.committed !== false) return null;
  job.enter("commit");
  for (let left = CAMERA_STEPS.commit.tries - job.runsOf("commit", "failed").length; left > 0; left--) {
    const exit = await attempt(job);
    if (exit !== "again") return exit;
    await job.rest(job.settings.retryEveryMs);
  }
  return { move: "look", code: "COMMIT_FAILED" };
}

async function attempt(job: OpenJob): Promise<Exit | null | "again"> {
  const run = job.runsOf("commit", null).at(-1) ?? job.begin("commit");
  const error = await actOn(job, (camera, signal) => camera.commit(signal));
  job.ports.probe.at("step/commit/after-act");
  const reading = await watch(job, 0);
  const { kind } = conclude(job.openFlash, reading);
  if (kind === "target") {
    job.note(run, { end: "done" }, { moment: "done" });
    return null;
  }
  const code = error ? faultOr(error).code : "COMMIT_FAILED";
  job.note(run, { end: "failed", code }, { moment: "failed", code });
  return kind === "trial" || kind === "silent" || kind === "starting" || kind === "busy"
    ? "again"
    : { move: "look" };
}
