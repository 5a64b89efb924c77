import type { Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { notNow } from "../timing.ts";

/** Everything is ready: the window, a place and the device itself are waited for. */
export async function armed(job: OpenJob): Promise<Exit> {
  const before = notNow(job);
  if (before) return before;
  const quietMs = job.site.quietUntil - job.ports.clock.mono();
  if (quietMs > 0) await job.rest(quietMs);
  await job.holdPlace();
  await job.holdDevice();
  // The wait may have been long: only what holds now counts.
  return notNow(job) ?? { move: "start" };
}
