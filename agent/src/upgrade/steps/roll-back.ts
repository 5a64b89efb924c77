import type { FaultCode } from "@fyr/protocol";
import { end, fail, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { conclude, type Conclusion } from "../observe.ts";
import { paceAt } from "../settings.ts";
import { actOn, watch } from "../sight.ts";

const OLD_AGAIN: readonly Conclusion["kind"][] = ["rolledBack", "cameBackOld", "mayFlash"];

/**
 * S7r: back to the old version, which the device still has beside the new one. After a restart of the agent it is asked
 * for again only when the device still runs the trial: a device that is on its way back answers otherwise.
 *
 * @param code why; absent when it was begun before
 */
export async function rollBack(job: OpenJob, code?: FaultCode): Promise<Exit> {
  const { clock, probe } = job.ports;
  job.enter("rollback");
  const run = job.runsOf("rollback", null).at(-1) ?? job.begin("rollback", { code: code ?? "ROLLED_BACK" });
  if (code !== undefined || (await isStillOnTrial(job))) {
    await actOn(job, (camera, signal) => camera.rollBack(signal));
  }
  probe.at("step/rollback/after-act");
  const began = clock.mono();
  for (let last = began; last - began < job.settings.stepMs.rollback;) {
    await job.rest(paceAt(job.settings.settleEvery, last - began));
    const reading = await watch(job, clock.mono() - last);
    last = clock.mono();
    if (OLD_AGAIN.includes(conclude(job.openFlash, reading).kind) && reading.ready !== false) {
      return end("rolled_back", run.code, { cause: run.code === "CANCELLED" ? "operator" : "health" });
    }
  }
  return fail("ROLLBACK_FAILED");
}

async function isStillOnTrial(job: OpenJob): Promise<boolean> {
  const reading = await watch(job, 0);
  return conclude(job.openFlash, reading).kind === "trial";
}
