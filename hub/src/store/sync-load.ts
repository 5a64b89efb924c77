import { jobIdOf } from "../upgrades/job-id.ts";
import type {
  AgentId,
  BootId,
  CommandId,
  DeviceId,
  JobEvent,
  JobId,
  OrgId,
  SyncId,
  TaskId,
} from "@fyr/protocol";
import type { LinkRecord, SyncNeeds, SyncWorld } from "../fleet/sync/store.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import type { CommandRecord } from "../upgrades/store.ts";
import { OPEN_PHASES, type TaskRecord } from "../upgrades/task.ts";
import { locked, type Database } from "./database.ts";
import { toDevice } from "./fleet.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";
import { toTask } from "./task-row.ts";

const toLink = (row: Row<"links">): LinkRecord => ({
  orgId: row.org_id as OrgId,
  agentId: row.agent_id as AgentId,
  bootId: row.boot_id as BootId | null,
  bootSince: row.boot_since,
  displaced: row.displaced === "[]" ? [] : (JSON.parse(row.displaced) as BootId[]),
  agentVersion: row.agent_version,
  lastSeenAt: row.last_seen_at,
  inventoryHash: row.inventory_hash,
  orderSeq: row.order_seq,
  lastSyncId: row.last_sync_id as SyncId | null,
  lastAnswer: row.last_answer,
});

const toCommand = (row: Row<"commands">): CommandRecord => ({
  orgId: row.org_id as OrgId,
  commandId: row.id as CommandId,
  agentId: row.agent_id as AgentId,
  taskId: row.task_id as TaskId,
  kind: row.kind as CommandRecord["kind"],
  createdAt: row.created_at,
});

const unique = <T extends string>(values: readonly T[]): T[] => [...new Set(values)];

/** A batch of syncs asks for everything at once; each query serves all of its sites. */
interface Batch {
  readonly database: Database;
  readonly db: Access["acrossOrgs"];
  readonly needs: readonly SyncNeeds[];
  readonly orgs: readonly OrgId[];
  readonly agents: readonly AgentId[];
}

/** Reads what a batch of syncs may look at, and locks what it may change: sites first, then tasks by id. */
export async function loadSyncWorld(
  database: Database,
  { acrossOrgs: db }: Access,
  needs: readonly SyncNeeds[],
): Promise<SyncWorld> {
  const orgs = unique(needs.map(({ orgId }) => orgId));
  const agents = unique(needs.map(({ agentId }) => agentId));
  const batch: Batch = { database, db, needs, orgs, agents };
  const links = await readLinks(batch);
  const devices = await readDevices(batch);
  const lists = [
    await mentionedTasks(batch),
    await heldTasks(batch),
    await nextTasks(batch),
    await tasksOf(batch, devices),
  ];
  const tasks = [...new Map(lists.flat().map((task) => [task.id, task])).values()];
  return {
    links,
    devices,
    tasks,
    buffered: await bufferedEvents(batch, tasks),
    commands: await openCommands(batch),
  };
}

async function readLinks({ database, db, orgs, agents }: Batch): Promise<LinkRecord[]> {
  const query = db
    .selectFrom("links")
    .selectAll()
    .where(({ ref }) => database.among(ref("org_id"), orgs))
    .where(({ ref }) => database.among(ref("agent_id"), agents))
    .orderBy("agent_id");
  return (await locked(database, query).execute()).map(toLink);
}

const tasksIn = ({ database, db, orgs }: Batch) =>
  db
    .selectFrom("tasks")
    .selectAll()
    .where(({ ref }) => database.among(ref("org_id"), orgs))
    .orderBy("id");

const readTasks = async (database: Database, query: ReturnType<typeof tasksIn>): Promise<TaskRecord[]> =>
  (await locked(database, query).execute()).map(toTask);

async function mentionedTasks(batch: Batch): Promise<TaskRecord[]> {
  const { database, needs } = batch;
  const ids = unique(needs.flatMap(({ tasks }) => tasks));
  if (ids.length === 0) return [];
  return readTasks(
    database,
    tasksIn(batch).where(({ ref }) => database.among(ref("id"), ids)),
  );
}

/** What the agents hold, or are believed to hold. */
async function heldTasks(batch: Batch): Promise<TaskRecord[]> {
  const { database, agents } = batch;
  const theirs = tasksIn(batch).where(({ ref }) => database.among(ref("agent_id"), agents));
  const granted = await readTasks(
    database,
    theirs.where("phase", "in", ["leased", "running", "reconciling"]),
  );
  const lapsed = await readTasks(database, theirs.where("phase", "=", "ready").where("job_open", "=", 1));
  return [...granted, ...lapsed];
}

/** The heads of the queues, as far as the agents could take them. */
async function nextTasks({ database, db, needs }: Batch): Promise<TaskRecord[]> {
  const found: TaskRecord[] = [];
  for (const { orgId, agentId, capacity } of needs) {
    if (capacity === 0) continue;
    const heads = db
      .selectFrom("tasks")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .where("phase", "=", "ready")
      .where("job_open", "=", 0)
      .orderBy("id");
    found.push(...(await readTasks(database, heads.limit(capacity))));
  }
  return found;
}

async function readDevices({ database, db, needs }: Batch): Promise<DeviceRecord[]> {
  const speaking = needs.filter(({ serials, wholeSite }) => serials.length > 0 || wholeSite);
  if (speaking.length === 0) return [];
  const orgs = unique(speaking.map(({ orgId }) => orgId));
  const serials = unique(speaking.flatMap((need) => need.serials));
  const whole = unique(speaking.filter(({ wholeSite }) => wholeSite).map(({ agentId }) => agentId));
  const query = db
    .selectFrom("devices")
    .selectAll()
    .where(({ ref }) => database.among(ref("org_id"), orgs))
    .where(({ ref, or }) =>
      or([database.among(ref("serial"), serials), database.among(ref("agent_id"), whole)]),
    )
    .orderBy("id");
  return (await locked(database, query).execute()).map(toDevice);
}

async function tasksOf(batch: Batch, devices: readonly { id: DeviceId }[]): Promise<TaskRecord[]> {
  if (devices.length === 0) return [];
  const { database } = batch;
  const ids = devices.map(({ id }) => id);
  const theirs = tasksIn(batch).where(({ ref }) => database.among(ref("device_id"), ids));
  return readTasks(database, theirs.where("phase", "in", [...OPEN_PHASES]));
}

async function bufferedEvents(
  { database, db, orgs }: Batch,
  tasks: readonly TaskRecord[],
): Promise<SyncWorld["buffered"]> {
  const gapped = tasks.filter(({ seqHigh, ackedSeq }) => seqHigh > ackedSeq);
  if (gapped.length === 0) return [];
  const acked = new Map<string, number>(
    gapped.map(({ id, epoch, ackedSeq }) => [jobIdOf(id, epoch), ackedSeq]),
  );
  const rows = await db
    .selectFrom("events")
    .select(["job_id", "seq", "body"])
    .where(({ ref }) => database.among(ref("org_id"), orgs))
    .where(({ ref }) => database.among(ref("job_id"), [...acked.keys()]))
    .where("late", "=", 0)
    .orderBy("seq")
    .execute();
  return rows
    .filter(({ job_id, seq }) => seq > (acked.get(job_id) ?? 0))
    .map(({ job_id, body }) => ({ jobId: job_id as JobId, event: JSON.parse(body) as JobEvent }));
}

async function openCommands({ database, db, orgs, agents }: Batch): Promise<CommandRecord[]> {
  const query = db
    .selectFrom("commands")
    .selectAll()
    .where(({ ref }) => database.among(ref("org_id"), orgs))
    .where(({ ref }) => database.among(ref("agent_id"), agents))
    .where("acked_at", "is", null)
    .orderBy("id");
  return (await query.execute()).map(toCommand);
}
