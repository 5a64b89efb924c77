import { CAMERA_STEPS, type Evidence } from "@fyr/protocol";
import type { Reading } from "../../ports.ts";
import { end, fail, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { bootProof, conclude } from "../observe.ts";
import { gaps } from "../proof.ts";
import { watch } from "../sight.ts";

/** S9: one last reading, in which everything must stand that makes an upgrade a success (I12). */
export async function settle(job: OpenJob): Promise<Exit> {
  const { probe } = job.ports;
  job.enter("settle");
  probe.at("step/settle/before");
  for (let attempt = 1; ; attempt++) {
    const reading = await watch(job, 0);
    const missing = gaps(job.openFlash, reading);
    if (missing.length === 0) {
      probe.at("step/settle/after");
      return end("succeeded", null, evidence(job, reading));
    }
    const { kind } = conclude(job.openFlash, reading);
    if (kind !== "target") return { move: "look" };
    if (attempt >= CAMERA_STEPS.settle.tries)
      return fail("DEVICE_UNVERIFIED", { missing: missing.join(" ") });
    await job.rest(job.settings.retryEveryMs);
  }
}

/** What the statement "succeeded" rests on. */
function evidence(job: OpenJob, reading: Reading): Evidence {
  const flash = job.openFlash;
  const boot = job.runsOf("restart", "done").length > 0 ? "restart" : bootProof(flash, reading);
  return {
    from: flash.before.version,
    boot,
    committed: reading.committed,
    tries: job.runsOf("transfer").filter(({ seen }) => seen?.lastChunk).length,
    ...Object.fromEntries(
      Object.entries(reading.versions).map(([source, version]) => [`version.${source}`, version]),
    ),
  };
}
