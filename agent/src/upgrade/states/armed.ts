import type { Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { notNow } from "../timing.ts";

/** Everything is ready: the window, a place and the device itself are waited for. */
export async function armed(job: OpenJob): Promise<Exit> {
  const before = notNow(job);
  if (before) return before;
  const quietMs = job.site.quietUntil - job.ports.clock.mono();
  if (quietMs > 0) await job.rest(quietMs);
  await job.holdDevice();
  await job.holdPlace(); // last: nobody waits for a device while keeping a place from others
  // The wait may have been long: only what holds now counts.
  return notNow(job) ?? { move: "start" };
}
