import type { TaskPhase } from "@fyr/protocol";
import type { TaskRecord } from "../upgrades/task.ts";
import { bulkInsert, bulkUpdate, cells, VERSION } from "./bulk.ts";
import type { Database } from "./database.ts";
import { Collision } from "./errors.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";
import { fromTask } from "./task-row.ts";

export interface TaskChange {
  readonly before: TaskRecord;
  readonly after: TaskRecord;
}

const INSERT = bulkInsert("tasks");
const CHANGING = [
  ...(["agent_id", "phase", "epoch", "attempt", "job_open", "job_state", "lease_until", "holds"] as const),
  ...(["cancel", "acked_seq", "seq_high", "last_hash", "last_step", "past_no_return", "look_first"] as const),
  ...(["tries", "outcome_code", "evidence", "reconciling_since", "dark_since", "wake_at"] as const),
  ...(["changed_at", "ended_at"] as const),
];
const SAVE = bulkUpdate("tasks", ["org_id", "id", VERSION], CHANGING);
const COUNT = bulkInsert(
  "task_counts",
  '(org_id, upgrade_id, phase) do update set tasks = "task_counts".tasks + excluded.tasks',
);

/** Movements of the counters, summed so that a counter is touched once, in an order that all writers keep. */
function counterRows(
  moves: Iterable<{ task: TaskRecord; phase: TaskPhase; by: number }>,
): Row<"task_counts">[] {
  const sums = new Map<string, Row<"task_counts">>();
  for (const { task, phase, by } of moves) {
    const key = `${task.orgId} ${task.upgradeId} ${phase}`;
    const row = sums.get(key) ?? { org_id: task.orgId, upgrade_id: task.upgradeId, phase, tasks: 0 };
    row.tasks += by;
    sums.set(key, row);
  }
  const rows = [...sums].filter(([, { tasks }]) => tasks !== 0);
  return rows.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

export async function insertTasks(database: Database, { acrossOrgs }: Access, tasks: readonly TaskRecord[]) {
  await database.bulk(acrossOrgs, INSERT, cells(INSERT, tasks.map(fromTask)));
  const counted = counterRows(tasks.map((task) => ({ task, phase: task.phase, by: 1 })));
  await database.bulk(acrossOrgs, COUNT, cells(COUNT, counted));
}

function* moves(changes: readonly TaskChange[]) {
  for (const { before, after } of changes) {
    if (before.phase === after.phase) continue;
    yield { task: after, phase: before.phase, by: -1 };
    yield { task: after, phase: after.phase, by: 1 };
  }
}

/** @throws Collision when a row is not any more at the version it was read at */
export async function saveTasks(database: Database, { acrossOrgs }: Access, changes: readonly TaskChange[]) {
  if (changes.length === 0) return;
  const rows = changes
    .map(({ before, after }) => ({ ...fromTask(after), version: before.version }))
    .sort(byId);
  const saved = await database.bulk(acrossOrgs, SAVE, cells(SAVE, rows));
  if (saved !== rows.length) throw new Collision(`${rows.length - saved} tasks changed meanwhile`);
  await database.bulk(acrossOrgs, COUNT, cells(COUNT, counterRows(moves(changes))));
}
