import { createHash } from "node:crypto";
import { CAMERA_STEPS, Fault, isFault } from "@fyr/protocol";
import { deadline } from "@fyr/runtime";
import { endBy, giveBack, type Exit } from "../exits.ts";
import { faultOr, type OpenJob } from "../job.ts";
import type { StepRun } from "../records.ts";
import { cameraOf } from "../sight.ts";
import { waitForSpace } from "../timing.ts";

/** S2: the device's settings are kept on site before anything is changed. Once per job. */
export async function backup(job: OpenJob): Promise<Exit | null> {
  if (job.runsOf("backup", "done").length > 0) return null;
  for (const run of job.runsOf("backup", null)) job.note(run, { end: "void" });
  job.enter("backup");
  for (let attempt = 1; ; attempt++) {
    const exit = await attemptBackup(job, attempt >= CAMERA_STEPS.backup.tries);
    if (exit !== "again") return exit;
    await job.rest(job.settings.retryEveryMs);
  }
}

async function attemptBackup(job: OpenJob, isLast: boolean): Promise<Exit | null | "again"> {
  const run = job.begin("backup");
  try {
    const bytes = await fetchBackup(job);
    await job.ports.backups.keep(job.serial, bytes);
    job.ports.probe.at("step/backup/after-act");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    job.note(run, { end: "done" }, { moment: "done", evidence: { sha256, bytes: bytes.length } });
    return null;
  } catch (error) {
    return failed(job, run, error, isLast);
  }
}

async function fetchBackup(job: OpenJob): Promise<Uint8Array> {
  const late = () => new Fault("BACKUP_FAILED", { reason: "took too long" });
  const limit = deadline(job.ports.clock, job.settings.stepMs.backup, late, job.signal);
  try {
    const camera = cameraOf(job);
    if (!camera) throw new Fault("DEVICE_UNKNOWN");
    return await camera.backup(limit.signal);
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.release();
  }
}

/** Only an order that says so is stopped by a missing backup; a device that shuts us out stops every one. */
function failed(job: OpenJob, run: StepRun, error: unknown, isLast: boolean): Exit | null | "again" {
  if (job.signal.aborted) {
    job.note(run, { end: "void" });
    throw job.signal.reason;
  }
  const fault = faultOr(error);
  if (isFault(fault, "STORE_FAILED", "JOURNAL_CORRUPT")) throw fault;
  job.note(run, { end: "failed", code: fault.code }, { moment: "failed", code: fault.code });
  if (fault.code === "DISK_FULL") return waitForSpace();
  if (fault.code === "DEVICE_DENIED" || fault.code === "DEVICE_KEY_CHANGED") return endBy(fault);
  if (!isLast) return "again";
  return job.order.backup === "wanted" ? null : giveBack("BACKUP_FAILED", { because: fault.code });
}
