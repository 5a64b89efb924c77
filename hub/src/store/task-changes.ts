import type { TaskPhase } from "@fyr/protocol";
import type { TaskRecord } from "../upgrades/task.ts";
import { bulkInsert, bulkUpdate, cells, VERSION, type BulkStatement } from "./bulk.ts";
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
/** Columns that no index holds: a change of these alone leaves every index untouched, which is most changes. */
const QUIET = [
  ...(["epoch", "attempt", "job_state", "lease_until", "holds", "cancel", "acked_seq", "seq_high"] as const),
  ...([
    "last_hash",
    "last_step",
    "past_no_return",
    "look_first",
    "tries",
    "outcome_code",
    "evidence",
  ] as const),
  ...(["reconciling_since", "dark_since", "changed_at", "attention", "unavailable_since"] as const),
];
const INDEXED = ["agent_id", "phase", "job_open", "wake_at", "ended_at"] as const;
const KEY = ["org_id", "id", VERSION] as const;
const SAVE = bulkUpdate("tasks", KEY, [...QUIET, ...INDEXED]);
const SAVE_QUIET = bulkUpdate("tasks", KEY, QUIET);

const isQuiet = ({ before, after }: TaskChange): boolean =>
  before.phase === after.phase &&
  before.agentId === after.agentId &&
  before.wakeAt === after.wakeAt &&
  before.jobOpen === after.jobOpen &&
  before.endedAt === after.endedAt;
const COUNT = bulkInsert(
  "task_counts",
  '(org_id, upgrade_id, phase) do update set tasks = "task_counts".tasks + excluded.tasks',
);

const CLOSE_COMMANDS = bulkUpdate("commands", ["org_id", "task_id"], ["acked_at"]);

/** Nobody has to answer a command to a job that is over. */
const isMoot = ({ before, after }: TaskChange): boolean =>
  before.cancel !== "none" && before.jobOpen && !after.jobOpen;

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
  const save = (statement: BulkStatement, some: readonly TaskChange[]) => {
    const rows = some.map(({ before, after }) => ({ ...fromTask(after), version: before.version }));
    return database.bulk(acrossOrgs, statement, cells(statement, rows.sort(byId)));
  };
  const [quiet, moved] = [changes.filter(isQuiet), changes.filter((change) => !isQuiet(change))];
  const saved = (await save(SAVE, moved)) + (await save(SAVE_QUIET, quiet));
  if (saved !== changes.length) throw new Collision(`${changes.length - saved} tasks changed meanwhile`);
  await database.bulk(acrossOrgs, COUNT, cells(COUNT, counterRows(moves(changes))));
  const over = changes.filter(isMoot).map(({ after }) => ({
    ...{ org_id: after.orgId, task_id: after.id, acked_at: after.changedAt },
  }));
  await database.bulk(acrossOrgs, CLOSE_COMMANDS, cells(CLOSE_COMMANDS, over));
}
