import { isFault, type Fault, type FaultCode } from "@fyr/protocol";
import { endBy, type Exit } from "../exits.ts";
import { faultOr, type OpenJob } from "../job.ts";
import { inAMoment, waitForSpace } from "../timing.ts";
import type { StagedImage } from "../../ports.ts";

/** What the cache keeps free for an image that it fetches (upgrades.md 5.3). */
const RESERVE = 1.1;

/** The image comes to the site, once for all jobs that want it. */
export async function staging(job: OpenJob): Promise<Exit> {
  const began = job.ports.clock.mono();
  try {
    await stage(job);
    const { sizeBytes } = job.record.grant;
    if (job.bytes > 0) job.site.usual.measured("staging", job.ports.clock.mono() - began, sizeBytes);
    return { move: "staged" };
  } catch (error) {
    return whyNotStaged(job, error);
  }
}

/** @throws Fault as `ImageCache.stage`, Interrupted */
export function stage(job: OpenJob): Promise<StagedImage> {
  const onBytes = (done: number) => {
    job.bytes = done;
    job.site.moved();
  };
  return job.ports.cache.stage(job.order.image, job.record.jobId, onBytes, job.signal);
}

/** Waits for what may come back by itself, ends by what will not. @throws what is no fault of the image */
export function whyNotStaged(job: OpenJob, error: unknown): Exit {
  if (job.signal.aborted) throw job.signal.reason;
  const fault = faultOr(error);
  if (isFault(fault, "DISK_FULL")) return waitForSpace(neededBytes(job, fault));
  if (isFault(fault, "STORE_FAILED", "JOURNAL_CORRUPT")) throw fault;
  return fault.retry === "transient" ? waitForImage(job, fault.code) : endBy(fault);
}

/** What is still missing of it, as the cache says, or all of it. */
function neededBytes({ record }: OpenJob, { details }: Fault): number {
  const { neededBytes: missing } = details;
  return typeof missing === "number" ? missing : Math.ceil(record.grant.sizeBytes * RESERVE);
}

/** Asks for the image again a little later. */
export const waitForImage = (job: OpenJob, code: FaultCode): Exit => ({
  move: "park",
  park: { reason: "image_unavailable", until: inAMoment(job) },
  code,
});
