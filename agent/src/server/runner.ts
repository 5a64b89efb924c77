import { isFault, RESUME, type JobState } from "@fyr/protocol";
import { sleep } from "@fyr/runtime";
import { giveBack, type Exit } from "./exits.ts";
import { Stopped, type ServerJob } from "./job.ts";
import { isUntouched } from "./look.ts";
import { WORK } from "./states.ts";

const isWorking = (state: JobState): state is keyof typeof WORK => state in WORK;

/** A job that fails this often in a row for reasons of our own is given back where that is safe. */
const MOST_ERRORS = 3;

/** Runs a job from where its record says to its end, or until the agent stops. */
export async function runServerJob(job: ServerJob): Promise<void> {
  let mustResume = true;
  for (let errors = 0; !job.stopping.aborted && isWorking(job.record.state);) {
    try {
      if (mustResume) resume(job);
      mustResume = false;
      await advance(job);
      errors = 0;
    } catch (error) {
      if (job.stopping.aborted || error instanceof Stopped) break;
      mustResume = true;
      await recover(job, error, ++errors);
    }
  }
  if (!job.stopping.aborted) await tidyUp(job);
}

async function advance(job: ServerJob): Promise<void> {
  const { state } = job.record;
  if (!isWorking(state)) return;
  const exit: Exit = fenced(job) ?? (await WORK[state](job));
  job.move(exit, exit.move === "end" ? await versionOf(job) : null);
}

/** A higher epoch ends a job that has started no helper; a helper is watched to its end. */
const fenced = (job: ServerJob): Exit | null =>
  job.record.fencedBy !== null && isUntouched(job) && job.record.runs.length === 0
    ? giveBack("FENCED", { epoch: job.record.fencedBy })
    : null;

async function versionOf({ ports, stopping }: ServerJob): Promise<string | null> {
  const { version } = await ports.host.alive(stopping);
  return version === "unknown" ? null : version;
}

/** Goes on as the table says: what may have started a helper looks first; what has not is entered again. */
function resume(job: ServerJob): void {
  const { state } = job.record;
  if (RESUME[state] !== "observing" || state === "observing") return;
  if (state === "executing" && !job.openRun) return;
  job.move({ move: "look" });
}

async function recover(job: ServerJob, error: unknown, errors: number): Promise<void> {
  const { clock, settings, shelf } = job.ports;
  const isStore = isFault(error, "DISK_FULL", "STORE_FAILED", "JOURNAL_CORRUPT");
  job.log.error(
    { error, state: job.record.state, errors },
    isStore ? "store failed, server job waits" : "server job failed",
  );
  await sleep(
    clock,
    Math.min(settings.parkedEveryMs, settings.healEveryMs * 2 ** (errors - 1)),
    job.stopping,
  );
  if (job.stopping.aborted) return;
  try {
    job.record = shelf.read(job.record.jobId) ?? job.record;
    if (!isStore && errors >= MOST_ERRORS && isUntouched(job)) job.move(giveBack("INTERNAL"));
  } catch (again) {
    job.log.error({ error: again }, "server job could not be read again"); // the next lap tries once more
  }
}

/** What a job leaves behind: the package for others to push out, its run's folder for people to read the log in. */
async function tidyUp(job: ServerJob): Promise<void> {
  const { cache, desk } = job.ports;
  try {
    cache.release(job.record.jobId);
    for (const { runKey } of job.record.runs) await desk.conclude(runKey);
    await desk.conclude(job.nextRunKey); // a package that was brought there for nothing
  } catch (error) {
    job.log.warn({ error }, "server job ended, but could not be tidied up after");
  }
  const { outcome, code } = job.record.ending ?? {};
  job.log.info({ outcome, fault: code }, "server job ended");
}
