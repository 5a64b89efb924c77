import { createHash } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { CHAIN_START, chainSource, type JobEvent } from "@fyr/protocol";

/** What stands in a hub's database, read past the hub: what it would still know if it were killed now. */
export interface HubBook {
  /** Everything it was told of a job, in order. */
  events(jobId: string): JobEvent[];
  /** Every job that it was ever told of. */
  jobs(): string[];
  /** Tasks by upgrade and phase: as they are counted, and as the counters have it. */
  counts(): { readonly counted: readonly unknown[]; readonly kept: readonly unknown[] };
  close(): void;
}

type Row = Pick<JobEvent, "jobId" | "seq" | "taskId" | "epoch"> & { readonly body: string };

const EVENTS = `select job_id as jobId, seq, task_id as taskId, epoch, body from events where job_id = ? order by seq`;
const JOBS = `select distinct job_id from events`;
const COUNTED = `select upgrade_id, phase, count(*) as tasks from tasks group by 1, 2 order by 1, 2`;
const KEPT = `select upgrade_id, phase, tasks from task_counts where tasks <> 0 order by 1, 2`;

/** @param folder where the hub keeps its data */
export function openHubBook(folder: string): HubBook {
  const database = new Database(join(folder, "hub.db"), { readonly: true });
  const find = database.prepare<[string], Row>(EVENTS);
  return {
    events: (jobId) =>
      find.all(jobId).map(({ body, ...columns }) => ({ ...(JSON.parse(body) as JobEvent), ...columns })),
    jobs: () => database.prepare<[], string>(JOBS).pluck().all(),
    counts: () => ({ counted: database.prepare(COUNTED).all(), kept: database.prepare(KEPT).all() }),
    close: () => database.close(),
  };
}

/** Where a job's events are not one chain from the first on: a gap, a change or a stranger. Null when they are. */
export function breakIn(events: readonly JobEvent[]): string | null {
  let previous = CHAIN_START;
  for (const [at, event] of events.entries()) {
    const hash = createHash("sha256").update(chainSource(event)).digest("hex");
    if (event.seq !== at + 1) return `event ${at + 1} is missing before ${event.seq}`;
    if (event.previous !== previous || event.hash !== hash) return `event ${event.seq} breaks the chain`;
    previous = hash;
  }
  return null;
}
