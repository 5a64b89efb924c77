import { join } from "node:path";
import type { JobEvent, Task } from "@fyr/protocol";
import { flashedTwice } from "@fyr/simulator";
import Database from "better-sqlite3";
import type { RunningHub } from "../e2e/stage/hub.ts";
import { until } from "../e2e/stage/patience.ts";
import type { Post } from "./stage.ts";

const CLOSES_WITHIN_MS = 30_000;

/** Rows of a database of a process that may be at work; nothing is written, and no lock kept. */
function rowsOf<Row>(path: string, sql: string, ...values: string[]): Row[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare<string[], Row>(sql).all(...values);
  } finally {
    database.close();
  }
}

/** The bodies of rows, which are JSON. */
const bodiesOf = <T>(path: string, sql: string, ...values: string[]): T[] =>
  rowsOf<{ body: string }>(path, sql, ...values).map(({ body }) => JSON.parse(body) as T);

type Job = Readonly<Record<"state" | "jobId", string> & Record<"seq" | "ackedSeq", number>>;
interface Run {
  readonly act: string;
  readonly try: number;
}

const journalOf = ({ folder }: Post): string => join(folder, "agent.db");

const jobsOf = (post: Post, { id }: Task): Job[] =>
  bodiesOf<Job>(journalOf(post), "select body from job where task_id = ? order by epoch", id);

/** Intents of uploads; an upload that an earlier job began has none here. */
const intentsOf = (post: Post, jobs: readonly Job[]): number =>
  jobs
    .flatMap(({ jobId }) =>
      bodiesOf<Run>(journalOf(post), "select body from step_run where job_id = ?", jobId),
    )
    .filter((run) => run.act === "transfer" && run.try > 0).length;

const isDone = (jobs: readonly Job[]): boolean =>
  jobs.length > 0 && jobs.every(({ state, seq, ackedSeq }) => state === "closed" && seq === ackedSeq);

/** Reports of a task that the agent holds for acknowledged. */
export const acknowledgedTo = (post: Post, task: Task): number =>
  jobsOf(post, task).reduce((sum, { ackedSeq }) => sum + ackedSeq, 0);

export const hubRows = <Row>({ folder }: RunningHub, sql: string, ...values: string[]): Row[] =>
  rowsOf(join(folder, "hub.db"), sql, ...values);

/** An event as the hub stores it. */
type StoredEvent = Pick<JobEvent, "jobId" | "seq" | "previous" | "hash"> & { readonly body: string };

/** Everything that the hub stored of a task's jobs, in order. */
export const eventsOf = (hub: RunningHub, { id }: Pick<Task, "id">): StoredEvent[] =>
  hubRows<Row>(hub, "select job_id, seq, body from events where task_id = ? order by epoch, seq", id).map(
    ({ job_id: jobId, seq, body }) => ({ ...(JSON.parse(body) as StoredEvent), jobId, seq, body }),
  );

interface Row {
  readonly job_id: JobEvent["jobId"];
  readonly seq: number;
  readonly body: string;
}

/** Where a job's events are not 1, 2, 3 …, each one chained to the one before. */
function gapsIn(events: readonly StoredEvent[]): string[] {
  return events.flatMap((event, at) => {
    const before = events[at - 1];
    const isFirst = before?.jobId !== event.jobId;
    const fits = isFirst ? event.seq === 1 : event.seq === before.seq + 1 && event.previous === before.hash;
    return fits ? [] : [`event ${event.seq} of ${event.jobId} does not follow`];
  });
}

/**
 * What every test of this folder ends with: the device was flashed once and runs its target, committed; the hub says
 * so; the journal closed every job; and the hub has every event of it, none twice, none missing.
 */
export async function judge(hub: RunningHub, post: Post, task: Task): Promise<string[]> {
  const { camera } = post;
  await until(
    `${camera.serial}: every job is closed`,
    () => isDone(jobsOf(post, task)) || undefined,
    CLOSES_WITHIN_MS,
  );
  const jobs = jobsOf(post, task);
  const intents = intentsOf(post, jobs);
  const truth = camera.truth();
  const events = eventsOf(hub, task);
  const accepted = truth.uploads.filter(({ verdict }) => verdict === "accepted").length;
  const told = jobs.reduce((sum, { seq }) => sum + seq, 0);
  const complaints = [
    [task.phase === "succeeded", `the hub says ${task.phase}:${task.outcomeCode}`],
    [truth.active === truth.target && truth.committed, `runs ${truth.active}, committed ${truth.committed}`],
    [accepted === 1, `flashed ${accepted} times`],
    [events.length === told, `the hub has ${events.length} events of ${told}`],
  ] as const;
  return [
    ...complaints.flatMap(([isWell, complaint]) => (isWell ? [] : [complaint])),
    ...flashedTwice(truth.uploads, { budget: 3, intents }).map(
      ({ rule, upload }) => `${rule}: upload ${upload}`,
    ),
    ...gapsIn(events),
  ];
}
