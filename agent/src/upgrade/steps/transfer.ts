import { CAMERA_STEPS, Fault, isFault, type FaultCode } from "@fyr/protocol";
import type { Reading, StagedImage, UploadAnswer } from "../../ports.ts";
import { end, endBy, giveBack, type Exit } from "../exits.ts";
import { faultOr, type OpenJob } from "../job.ts";
import { conclude, versionOf } from "../observe.ts";
import { takePlace } from "../places.ts";
import { nothingSeen, type Before, type StepRun } from "../records.ts";
import { cameraOf, look } from "../sight.ts";
import { waitForImage } from "../states/staging.ts";
import { notNow, waitForSpace } from "../timing.ts";
import { arm } from "./examine.ts";
import { Sending, wasInterrupted, type Sent } from "./sending.ts";

const { tries } = CAMERA_STEPS.transfer;

/** Answers by which a device says that it took nothing, by its own code (vapix.md 1.7). */
const REFUSALS: Readonly<Record<number, FaultCode>> = {
  400: "DEVICE_REJECTED",
  401: "DEVICE_DENIED",
  405: "DEVICE_REJECTED",
  409: "IMAGE_DOWNGRADE",
  410: "DEVICE_IMAGE_REFUSED",
  412: "DEVICE_UNCOMMITTED",
  415: "DEVICE_IMAGE_REFUSED",
  417: "DEVICE_REJECTED",
  421: "DEVICE_IMAGE_REFUSED",
  422: "DEVICE_IMAGE_REFUSED",
  424: "DEVICE_IMAGE_REFUSED",
};

/** S3 and S4: once more certain of device and window, then the image, until it is sent or cannot be. */
export async function transfer(job: OpenJob, image: StagedImage): Promise<Exit> {
  const release = await takePlace(job.site.uploads, job.signal);
  try {
    for (;;) {
      const exit = (await ready(job)) ?? (await send(job, image));
      if (exit !== "again") return exit;
      await job.rest(job.settings.retryEveryMs);
    }
  } finally {
    release();
  }
}

async function ready(job: OpenJob): Promise<Exit | null> {
  return notNow(job) ?? (await arm(job)) ?? notNow(job);
}

async function send(job: OpenJob, image: StagedImage): Promise<Exit | "again"> {
  const camera = cameraOf(job);
  const { reading, ports } = job;
  if (!camera || !reading) return "again";
  job.enter("transfer");
  const run = job.begin("transfer", { before: before(job, reading), seen: nothingSeen });
  const began = ports.clock.mono();
  const sending = new Sending(job, image, run);
  const sent = await sending.send(camera);
  ports.probe.at("step/transfer/after-act");
  if (sent.kind === "accepted")
    job.site.usual.measured("transfer", ports.clock.mono() - began, image.sizeBytes);
  return answered(job, sending.run, sent);
}

const before = (job: OpenJob, reading: Reading): Before => ({
  version: versionOf(reading),
  target: job.order.image.version,
  digest: job.order.digest,
  model: reading.model,
  hardwareId: reading.hardwareId,
  bootId: reading.bootId,
  uptimeS: reading.uptimeS,
});

function answered(job: OpenJob, run: StepRun, sent: Sent): Promise<Exit | "again"> | Exit {
  switch (sent.kind) {
    case "accepted":
      return { move: "sent" };
    case "unknown":
      return { move: "look" };
    case "cut":
      return cut(job, run, sent.cause);
    case "busy":
    case "refused":
      return refused(job, run, sent);
  }
}

/** The device has no whole image: the try is void or failed, and nothing is in doubt. */
async function cut(job: OpenJob, run: StepRun, cause: unknown): Promise<Exit | "again"> {
  if (wasInterrupted(cause)) {
    job.note(run, { end: "void" });
    return afterBreakOff(job, cause);
  }
  const fault = faultOr(cause);
  job.note(run, { end: "failed", code: fault.code }, { moment: "failed", code: fault.code });
  if (isFault(fault, "WINDOW_MISSED")) return notNow(job) ?? "again";
  if (isFault(fault, "DISK_FULL")) return waitForSpace();
  if (isFault(fault, "IMAGE_CORRUPT"))
    return timesFailed(job, fault.code) > 1 ? endBy(fault) : waitForImage(job, fault.code);
  const isPassing = isFault(fault, "TRANSFER_CUT", "TRANSFER_STALLED", "DEVICE_UNREACHABLE");
  return isPassing && failures(job) < tries ? "again" : endBy(fault);
}

const timesFailed = (job: OpenJob, code: FaultCode): number =>
  job.runsOf("transfer", "failed").filter((run) => run.code === code).length;

const failures = (job: OpenJob): number => job.runsOf("transfer", "failed").length;

/** After a wish broke it off, the device is waited for until it is at rest on its old version (upgrades.md 5.7). */
async function afterBreakOff(job: OpenJob, cause: unknown): Promise<Exit> {
  job.rearm();
  if (!job.isStopped) throw cause;
  const began = job.ports.clock.mono();
  for (;;) {
    const reading = await look(job);
    const isAtRest = reading.answers && !reading.busy;
    if (isAtRest || job.ports.clock.mono() - began > job.settings.stepMs.precheck) break;
    await job.rest(job.settings.retryEveryMs);
  }
  return job.record.fencedBy === null
    ? end("cancelled", "CANCELLED", { partialUpload: true })
    : giveBack("FENCED", { partialUpload: true });
}

/** A "no" is believed when the device, looked at, is as it was; otherwise its deeds count (F-45). */
async function refused(
  job: OpenJob,
  run: StepRun,
  answer: UploadAnswer & { kind: "busy" | "refused" },
): Promise<Exit | "again"> {
  const fault = faultIn(answer);
  if (run.seen?.lastChunk && (fault === null || !(await isAsItWas(job)))) return { move: "look" };
  const { code } = fault ?? { code: "DEVICE_REJECTED" as const };
  job.note(run, { end: "failed", code }, { moment: "failed", code });
  const isPassing = code === "DEVICE_BUSY" || code === "DEVICE_REJECTED";
  if (isPassing && failures(job) < tries) return "again";
  return endBy(fault ?? new Fault(code));
}

function faultIn(answer: UploadAnswer & { kind: "busy" | "refused" }): Fault | null {
  if (answer.kind === "busy") return new Fault("DEVICE_BUSY");
  const code = REFUSALS[answer.code];
  return code ? new Fault(code, { answer: answer.code, said: answer.message }) : null;
}

async function isAsItWas(job: OpenJob): Promise<boolean> {
  const reading = await look(job);
  return conclude(job.openFlash, reading).kind === "mayFlash";
}

/** Uploads of this job of which a device may have got the whole image. */
export const fullTries = (job: OpenJob): number =>
  job.runsOf("transfer").filter((run) => run.try > 0 && run.seen?.lastChunk === true).length;
