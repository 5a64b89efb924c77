import { fail, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { bootProven } from "../proof.ts";
import { paceAt } from "../settings.ts";
import { actOn, watch } from "../sight.ts";

/** A restart that is asked for may be so quick that nobody sees it; then it is asked for again. */
const TRIES = 3;

/**
 * Asks a device that can tell nothing about its boots for one, and watches it go and come back: the only proof that
 * such a device can give.
 *
 * @returns null when it was seen
 */
export async function restart(job: OpenJob): Promise<Exit | null> {
  if (job.runsOf("restart").length >= TRIES) return fail("DEVICE_UNVERIFIED", { missing: "boot" });
  const { clock, probe } = job.ports;
  const run = job.begin("restart");
  await actOn(job, (camera, signal) => camera.restart(signal));
  probe.at("step/restart/after-act");
  const began = clock.mono();
  for (let last = began; last - began < job.settings.stepMs.trial;) {
    await job.rest(paceAt(job.settings.settleEvery, last - began));
    const reading = await watch(job, clock.mono() - last);
    last = clock.mono();
    if (reading.answers && bootProven(job.openFlash, reading)) {
      job.note(run, { end: "done" });
      return null;
    }
  }
  job.note(run, { end: "failed", code: "DEVICE_UNVERIFIED" });
  return null;
}
