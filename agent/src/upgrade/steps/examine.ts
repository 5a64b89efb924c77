import { CAMERA_STEPS, type CameraStep } from "@fyr/protocol";
import type { Reading } from "../../ports.ts";
import { end, endBy, evidenceOf, type Exit } from "../exits.ts";
import type { OpenJob } from "../job.ts";
import { checkIdentity, precheck, type Verdict } from "../precheck.ts";
import { look } from "../sight.ts";

type Check = (reading: Reading) => Verdict;

/**
 * A step that only looks: again until the device satisfies it, its tries are used up or its time is over.
 *
 * @returns how the job ends for what was seen; null when it may go on
 */
async function examine(
  job: OpenJob,
  step: CameraStep,
  first: Reading | null,
  check: Check,
): Promise<Exit | null> {
  const { tries } = CAMERA_STEPS[step];
  job.enter(step);
  job.ports.probe.at(`step/${step}/before`);
  for (let attempt = 1; ; attempt++) {
    const reading = attempt === 1 && first ? first : await look(job);
    const verdict = check(reading);
    if (verdict.kind === "go") break;
    if (verdict.kind === "skip") return end("skipped", verdict.fault.code, evidenceOf(verdict.fault));
    const isLast = attempt >= tries || job.sinceMs > job.settings.stepMs[step];
    if (verdict.kind === "refuse" || isLast) return endBy(verdict.fault);
    await job.rest(job.settings.retryEveryMs);
  }
  job.ports.probe.at(`step/${step}/after`);
  return null;
}

const identity = (job: OpenJob): Check => {
  return (reading) => checkIdentity(job.serial, reading) ?? { kind: "go", version: "" };
};

const everything = (job: OpenJob): Check => {
  const { image } = job.order;
  return (reading) =>
    checkIdentity(job.serial, reading) ?? precheck(image, reading, job.record.versionWhenAccepted);
};

/** S0: is it the device that the order names, and does it let us in? */
export const identify = (job: OpenJob): Promise<Exit | null> => examine(job, "identify", null, identity(job));

/** S1: may this image go onto this device, as it is now? Begins with the reading of S0. */
export const checkBefore = (job: OpenJob): Promise<Exit | null> =>
  examine(job, "precheck", job.reading, everything(job));

/** S3: all of it once more, right before the intent. */
export const arm = (job: OpenJob): Promise<Exit | null> => examine(job, "arm", null, everything(job));
