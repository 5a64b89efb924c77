import { createHash } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { CHAIN_START, chainSource, type JobEvent, type OrgId } from "@fyr/protocol";

/** What stands in a hub's database of one organisation, read past the hub: what it would still know if it were killed now. */
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

const EVENTS = `select job_id as jobId, seq, task_id as taskId, epoch, body from events
  where org_id = ? and job_id = ? order by seq`;
const JOBS = `select distinct job_id from events where org_id = ?`;
const COUNTED = `select upgrade_id, phase, count(*) as tasks from tasks where org_id = ? group by 1, 2 order by 1, 2`;
const KEPT = `select upgrade_id, phase, tasks from task_counts where org_id = ? and tasks <> 0 order by 1, 2`;

/** @param folder where the hub keeps its data */
export function openHubBook(folder: string, orgId: OrgId): HubBook {
  const database = new Database(join(folder, "hub.db"), { readonly: true });
  const find = database.prepare<[string, string], Row>(EVENTS);
  return {
    events: (jobId) =>
      find
        .all(orgId, jobId)
        .map(({ body, ...columns }) => ({ ...(JSON.parse(body) as JobEvent), ...columns })),
    jobs: () => database.prepare<[string], string>(JOBS).pluck().all(orgId),
    counts: () => ({
      counted: database.prepare(COUNTED).all(orgId),
      kept: database.prepare(KEPT).all(orgId),
    }),
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
