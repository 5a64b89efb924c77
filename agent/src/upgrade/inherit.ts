import { compareVersions } from "@fyr/protocol";
import { runKeyOf } from "./chain.ts";
import type { OpenJob } from "./job.ts";
import { nothingSeen, type Before, type StepRun } from "./records.ts";

/** Whether a device may hold an image of which only a look can tell: an earlier grant's, this agent's or another's. */
export const mustLookFirst = (job: OpenJob): boolean =>
  job.ports.journal.openTransfer(job.serial) !== undefined ||
  (job.order.lookFirst && !remembersAllEpochs(job));

/**
 * Takes over what an earlier grant may have begun with this device, as an upload of its own with the number 0. What
 * the journal remembers of it counts; what nobody remembers is taken for an image that left whole.
 */
export function inheritFlash(job: OpenJob): void {
  const { journal, clock } = job.ports;
  const { jobId } = job.record;
  if (job.runsOf("transfer").some((run) => run.end === null)) return;
  const earlier = journal.openTransfer(job.serial);
  const remembered = earlier && isSameImage(earlier, job) ? earlier : undefined;
  const lastChunk = earlier ? earlier.seen?.lastChunk === true : true;
  const run: StepRun = {
    runKey: runKeyOf(jobId, "transfer", 0),
    jobId,
    serial: job.serial,
    act: "transfer",
    try: 0,
    at: Math.round(clock.wall()),
    before: remembered?.before ?? unknownBefore(job),
    seen: { ...(remembered?.seen ?? nothingSeen), lastChunk },
    end: null,
    code: null,
  };
  const handedOver = earlier ? [{ ...earlier, end: "failed", code: "FENCED" } as const] : [];
  job.write({ runs: [...handedOver, run] });
}

const isSameImage = ({ before }: StepRun, job: OpenJob): boolean =>
  before !== null &&
  before.digest === job.order.digest &&
  compareVersions(before.target, job.order.image.version) === 0;

/** Every earlier attempt at this task was made here, so that none can have done what the journal does not know. */
function remembersAllEpochs({ ports, record: { taskId, epoch } }: OpenJob): boolean {
  const earlier = ports.journal
    .jobsOf(taskId)
    .filter((job) => job.epoch < epoch && job.ending?.code !== "JOURNAL_CORRUPT");
  return earlier.length > 0 && earlier.length === epoch - 1;
}

const unknownBefore = (job: OpenJob): Before => ({
  version: null,
  target: job.order.image.version,
  digest: job.order.digest,
  model: null,
  hardwareId: null,
  bootId: null,
  uptimeS: null,
});
