import Database from "better-sqlite3";
import type { JobEvent, Task } from "@fyr/protocol";

/** One job as the journal has it. */
export interface KeptJob {
  readonly jobId: string;
  readonly state: string;
  readonly seq: number;
  readonly ackedSeq: number;
  readonly events: readonly JobEvent[];
}

/** What an agent's journal holds of some tasks. */
export interface Kept {
  readonly jobs: readonly KeptJob[];
  /** Of the uploads that these jobs began themselves; `at` is on the clock of this machine. */
  readonly intents: readonly { readonly at: number }[];
  /** Intents of which nobody wrote down what became of them. */
  readonly openActs: readonly string[];
  /** Rows that were found damaged. */
  readonly damage: readonly string[];
}

type Job = Omit<KeptJob, "events">;

interface Run {
  readonly act: string;
  readonly try: number;
  readonly at: number;
  readonly end: string | null;
}

const BUSY_MS = 5_000;

/**
 * Reads it past the agent, which may have it open or may have been killed in the middle of a write: nothing is set
 * right on the way.
 */
export function readJournal(path: string, tasks: readonly Pick<Task, "id">[]): Kept {
  const database = new Database(path, { readonly: true, timeout: BUSY_MS });
  const bodies = <T>(sql: string, ...keys: string[]): T[] =>
    database
      .prepare<string[], string>(sql)
      .pluck()
      .all(...keys)
      .map((body) => JSON.parse(body) as T);
  try {
    const jobs = tasks.flatMap(({ id }) =>
      bodies<Job>("select body from job where task_id = ? order by epoch", id),
    );
    const runs = jobs.flatMap(({ jobId }) =>
      bodies<Run>("select body from step_run where job_id = ? order by rowid", jobId),
    );
    return {
      jobs: jobs.map((job) => ({
        ...job,
        events: bodies("select body from event where job_id = ? order by seq", job.jobId),
      })),
      // Number 0 is an upload that an earlier job began.
      intents: runs.filter((run) => run.act === "transfer" && run.try > 0),
      openActs: runs.filter(({ end }) => end === null).map((run) => `${run.act} ${run.try}`),
      damage: database.prepare<[], string>("select source || ' ' || key from quarantine").pluck().all(),
    };
  } finally {
    database.close();
  }
}
