import { isFault, RESUME, type JobState } from "@fyr/protocol";
import { sleep } from "@fyr/runtime";
import { giveBack, type Exit } from "./exits.ts";
import { inheritFlash } from "./inherit.ts";
import { Interrupted, type OpenJob } from "./job.ts";
import { accepted } from "./states/accepted.ts";
import { armed } from "./states/armed.ts";
import { executing } from "./states/executing.ts";
import { observing } from "./states/observing.ts";
import { parked } from "./states/parked.ts";
import { settling } from "./states/settling.ts";
import { staging } from "./states/staging.ts";
import { verifying } from "./states/verifying.ts";

type Working = Exclude<JobState, "closing" | "closed">;

/** What is done in each state, until there is a reason to leave it. */
const WORK: Readonly<Record<Working, (job: OpenJob) => Promise<Exit>>> = {
  accepted,
  staging,
  armed,
  executing,
  settling,
  verifying,
  observing,
  parked,
};

const isWorking = (state: JobState): state is Working => state in WORK;

/** A job that fails this often in a row for reasons of our own is given back where that is safe. */
const MOST_ERRORS = 3;

/**
 * Runs a job from where its record says to its end, or until the agent stops. Nothing it throws reaches the others:
 * a store that fails is waited for, and then the job goes on as after a restart.
 */
export async function runJob(job: OpenJob, stopping: AbortSignal): Promise<void> {
  let mustResume = true;
  for (let errors = 0; !stopping.aborted && isWorking(job.record.state);) {
    try {
      job.rearm();
      if (mustResume) await resume(job);
      mustResume = false;
      await advance(job);
      errors = 0;
    } catch (error) {
      if (stopping.aborted) break;
      if (error instanceof Interrupted) continue;
      mustResume = true;
      errors++;
      await recover(job, error, errors, stopping);
    }
  }
  if (!stopping.aborted) tidyUp(job);
}

/** Enters the state once and leaves it along one edge of the table. */
async function advance(job: OpenJob): Promise<void> {
  const { state } = job.record;
  if (!isWorking(state)) return;
  job.move(stopped(job) ?? (await WORK[state](job)));
}

/** A wish to cancel, or a higher epoch, ends a job that has not passed the point of no return. */
function stopped(job: OpenJob): Exit | null {
  if (job.dropped) return giveBack("JOURNAL_CORRUPT");
  if (!job.isStopped) return null;
  return job.record.fencedBy === null
    ? { move: "end", outcome: "cancelled", code: "CANCELLED" }
    : giveBack("FENCED", { epoch: job.record.fencedBy });
}

/**
 * Goes on as the table says: what may have touched the device looks at it first. Only `executing` without an intent is
 * entered again; and where rows were damaged, a missing intent proves nothing.
 */
async function resume(job: OpenJob): Promise<void> {
  const { state } = job.record;
  if (RESUME[state] !== "observing") return;
  const hasIntent = job.runsOf("transfer", null).length > 0;
  if (state === "executing" && !hasIntent && !job.lostRuns) return;
  await job.holdDevice();
  inheritFlash(job);
  if (state !== "observing") job.move({ move: "look" });
}

/** Waits for the store, when that is what failed, and takes the job up again as the disk has it. */
async function recover(job: OpenJob, error: unknown, errors: number, stopping: AbortSignal): Promise<void> {
  const { journal, clock } = job.ports;
  const isStore = isFault(error, "DISK_FULL", "STORE_FAILED", "JOURNAL_CORRUPT");
  job.log.error(
    { error, state: job.record.state, errors },
    isStore ? "store failed, job waits" : "job failed",
  );
  do await sleep(clock, pauseMs(job, errors), stopping);
  while (!stopping.aborted && !(journal.heal() && journal.roomy()) && isStore);
  if (stopping.aborted) return;
  try {
    job.reload();
    if (!isStore && errors >= MOST_ERRORS && !job.isPastLastChunk) job.move(giveBack("INTERNAL"));
  } catch (again) {
    job.log.error({ error: again }, "job could not be read again"); // the next lap tries once more
  }
}

/** Longer each time in a row: a disk that takes an image and fails to keep it would have it fetched again and again. */
const pauseMs = ({ settings }: OpenJob, errors: number): number =>
  Math.min(settings.parkedEveryMs, settings.healEveryMs * 2 ** (errors - 1));

/** A job has ended on disk already; what fails here costs a stale reading or an image kept too long, no more. */
function tidyUp(job: OpenJob): void {
  try {
    finish(job);
  } catch (error) {
    job.log.warn({ error }, "job ended, but could not be tidied up after");
  }
}

/** What a job leaves behind: the last reading for the inventory, the image for others to push out. */
function finish(job: OpenJob): void {
  const { inventory, cache } = job.ports;
  const { order, ending, jobId } = job.record;
  job.letGo();
  cache.release(jobId);
  if (order && job.reading?.answers && job.reading.serial === order.serial) {
    inventory.note(order.serial, job.reading);
  }
  if (ending?.outcome === "succeeded") job.site.usual.whole(job.runningMs);
  if (job.dropped) job.acked(job.record.seq); // the hub would not understand its events
  job.log.info({ outcome: ending?.outcome, fault: ending?.code }, "job ended");
}
