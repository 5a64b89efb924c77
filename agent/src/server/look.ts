import type { Evidence, ServerSight } from "@fyr/protocol";
import { isFree, type ServerJob } from "./job.ts";
import type { Alive, Traces } from "./ports.ts";
import type { InstallRun } from "./records.ts";
import { sightOf } from "./sight.ts";

/** One look at an installation that was begun. */
export interface Seen {
  readonly sight: ServerSight;
  readonly run: InstallRun;
  readonly traces: Traces | null;
  readonly alive: Alive;
  /** What a statement about it rests on. */
  readonly evidence: Evidence;
}

/** How often the time that was spent watching is written down: a crash loses no more of it. */
const KEEP_WATCHED_SHARE = 12;

/** The runs of a job, with the end of one of them. */
export const after = (
  job: ServerJob,
  { runKey }: InstallRun,
  change: Pick<InstallRun, "end" | "began">,
): InstallRun[] => job.record.runs.map((run) => (run.runKey === runKey ? { ...run, ...change } : run));

/** Looks at the newest helper's traces and at the host, and tells people when it takes long. Touches nothing. */
export async function lookAtRun(job: ServerJob): Promise<Seen> {
  const { desk, host } = job.ports;
  const run = job.openRun;
  if (!run) throw new Error(`job ${job.record.jobId} has no open installation`);
  const traces = await desk.look(run.runKey);
  const [alive, bootId] = [await host.alive(job.stopping), await host.bootId()];
  job.demandGoing();
  const sight = sightOf(traces, { alive, bootId });
  const noted = patience(job, run);
  return { sight, run: noted, traces, alive, evidence: evidenceOf(job, traces, alive) };
}

/** @returns what an outcome is backed with: the installer's own words, what runs now, and where the backup lies */
export function evidenceOf({ record }: ServerJob, traces: Traces | null, alive: Alive): Evidence {
  const { before, backup, runs } = record;
  const ended = traces?.end;
  return {
    from: before?.version ?? null,
    runs: alive.version,
    up: alive.up,
    starts: runs.length,
    ...(ended && { exit: ended.exit, said: ended.reason.slice(0, 300), reboot: ended.reboot }),
    ...(traces?.log && { log: traces.log.slice(-300) }),
    ...(backup && { backup: backup.path.slice(-300), backupSha256: backup.sha256 }),
  };
}

/** Counts the time and tells people once when it is over what it may be, and once more when a person must look. */
function patience(job: ServerJob, run: InstallRun): InstallRun {
  const { settings } = job.ports;
  const watchedMs = job.watchedMs(run);
  if (!run.overdue && watchedMs >= settings.alertMs) {
    const event = job.stateEvent({ code: "SERVER_OVERDUE" });
    return job.noteRun(run, { watchedMs, overdue: true }, event);
  }
  if (!run.asked && watchedMs >= settings.askPersonMs) {
    const event = job.stateEvent({ code: "SERVER_NEEDS_PERSON" });
    return job.noteRun(run, { watchedMs, asked: true }, event);
  }
  const isDue = watchedMs - run.watchedMs >= settings.alertMs / KEEP_WATCHED_SHARE;
  return isDue ? job.noteRun(run, { watchedMs }) : run;
}

/** Nothing of the server was changed yet. */
export const isUntouched = (job: ServerJob): boolean => job.openRun === null && isFree(job.record.step);
