import { sql, type RawBuilder } from "kysely";
import { jobIdOf } from "../upgrades/job-id.ts";
import type {
  AgentId,
  BootId,
  CommandId,
  FolderId,
  JobId,
  OrgId,
  SyncId,
  TaskId,
  TaskPhase,
} from "@fyr/protocol";
import type { LinkRecord, SyncNeeds, SyncWorld } from "../fleet/sync/store.ts";
import type { DeviceRecord } from "../fleet/store.ts";
import type { CommandRecord } from "../upgrades/store.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { locked, notEnded, type Database, type Key } from "./database.ts";
import { toEvent } from "./event-row.ts";
import { toDevice } from "./fleet.ts";
import { readRecorded, readServerOwners, readServers } from "./servers-sync.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";
import { toTask } from "./task-row.ts";

const toLink = (row: Row<"links"> & { folder_id: string }): LinkRecord => ({
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
  folderId: row.folder_id as FolderId,
});

const toCommand = (row: Row<"commands">): CommandRecord => ({
  orgId: row.org_id as OrgId,
  commandId: row.id as CommandId,
  agentId: row.agent_id as AgentId,
  taskId: row.task_id as TaskId,
  kind: row.kind as CommandRecord["kind"],
  createdAt: row.created_at,
});

const HELD: readonly TaskPhase[] = ["leased", "running", "reconciling"];

/** A batch of syncs asks for everything at once; each query serves all of its sites. */
interface Batch {
  readonly database: Database;
  readonly db: Access["acrossOrgs"];
  readonly needs: readonly SyncNeeds[];
  readonly sites: readonly Key[];
}

const siteOf = ({ orgId, agentId }: SyncNeeds): Key => [orgId, agentId];

/** Reads what a batch of syncs may look at, and locks what it may change: sites first, then tasks. */
export async function loadSyncWorld(
  database: Database,
  { acrossOrgs: db }: Access,
  needs: readonly SyncNeeds[],
): Promise<SyncWorld> {
  const batch: Batch = { database, db, needs, sites: needs.map(siteOf) };
  const { links, waits } = await readLinks(batch);
  const devices = await readDevices(batch);
  const known = new Map<TaskId, TaskRecord>();
  const servers = await readServers(database, db, needs);
  const serverOwners = await readServerOwners(database, db, needs);
  const recorded = await readRecorded(database, db, unfound(needs, devices));
  const know = (found: readonly TaskRecord[]) => found.forEach((task) => known.set(task.id, task));
  know(await heldTasks(batch, waits));
  know(await mentionedTasks(batch, known));
  know(await nextTasks(batch, waits));
  know(await tasksOf(batch, [...devices, ...servers]));
  const tasks = [...known.values()];
  const [buffered, commands] = [await bufferedEvents(batch, tasks), await openCommands(batch, waits)];
  return { links, devices, servers, serverOwners, recorded, tasks, buffered, commands };
}

/** What waits for a site besides what it speaks of: asked for only where there is any. */
interface Waits {
  /** Tasks in its queue. */
  readonly queued: ReadonlySet<string>;
  /** Tasks whose lease lapsed while it had them. */
  readonly lapsed: ReadonlySet<string>;
  /** Commands that it has not confirmed. */
  readonly commanded: ReadonlySet<string>;
}

const flag = (found: RawBuilder<unknown>) => sql<number>`case when exists (${found}) then 1 else 0 end`;

const readyTask = (jobOpen: 0 | 1) => sql`
  select 1 from tasks where tasks.org_id = links.org_id and tasks.agent_id = links.agent_id
    and ended_at is null and tasks.phase = 'ready' and tasks.job_open = ${jobOpen}`;

const openCommand = sql`
  select 1 from commands where commands.org_id = links.org_id and commands.agent_id = links.agent_id
    and commands.acked_at is null`;

const folderOfAgent = sql<string>`(
  select agents.folder_id from agents where agents.org_id = links.org_id and agents.id = links.agent_id)`;

async function readLinks({ database, db, sites }: Batch): Promise<{ links: LinkRecord[]; waits: Waits }> {
  const query = db
    .selectFrom("links")
    .selectAll()
    .select(folderOfAgent.as("folder_id"))
    .select([
      flag(readyTask(0)).as("queued"),
      flag(readyTask(1)).as("lapsed"),
      flag(openCommand).as("commanded"),
    ])
    .where(({ ref }) => database.amongKeys([ref("org_id"), ref("agent_id")], sites))
    .orderBy("agent_id");
  const rows = await locked(database, query).execute();
  const those = (name: keyof Waits) =>
    new Set(rows.filter((row) => row[name] === 1).map(({ agent_id }) => agent_id));
  const waits = { queued: those("queued"), lapsed: those("lapsed"), commanded: those("commanded") };
  return { links: rows.map(toLink), waits };
}

/** Tasks by the organisation and one more column, in an order that all writers keep. */
async function readTasks(
  { database, db }: Batch,
  column: "id" | "agent_id" | "device_id",
  keys: readonly Key[],
  narrow: (query: TaskQuery) => TaskQuery = (query) => query,
): Promise<TaskRecord[]> {
  if (keys.length === 0) return [];
  const query = tasksBy(db).where(({ ref }) => database.amongKeys([ref("org_id"), ref(column)], keys));
  return (await locked(database, narrow(query)).execute()).map(toTask);
}

const tasksBy = (db: Batch["db"]) => db.selectFrom("tasks").selectAll().orderBy("id");
type TaskQuery = ReturnType<typeof tasksBy>;

const mentionedTasks = (batch: Batch, known: ReadonlyMap<TaskId, unknown>): Promise<TaskRecord[]> =>
  readTasks(
    batch,
    "id",
    batch.needs.flatMap(({ orgId, tasks }) =>
      tasks.filter((id) => !known.has(id)).map((id): Key => [orgId, id]),
    ),
  );

/** What the agents hold, or are believed to hold. */
async function heldTasks(batch: Batch, { lapsed }: Waits): Promise<TaskRecord[]> {
  const granted = await readTasks(batch, "agent_id", batch.sites, (query) =>
    query.where(notEnded).where("phase", "in", [...HELD]),
  );
  const lost = await readTasks(batch, "agent_id", batch.sites.filter(of(lapsed)), (query) =>
    query.where(notEnded).where("phase", "=", "ready").where("job_open", "=", 1),
  );
  return [...granted, ...lost];
}

const of =
  (agents: ReadonlySet<string>) =>
  ([, agentId]: Key): boolean =>
    agents.has(agentId);

/** The heads of the queues, as far as the agents could take them. */
async function nextTasks({ database, db, needs }: Batch, { queued }: Waits): Promise<TaskRecord[]> {
  const found: TaskRecord[] = [];
  for (const { orgId, agentId, capacity } of needs) {
    if (capacity === 0 || !queued.has(agentId)) continue;
    const heads = tasksBy(db)
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .where(notEnded)
      .where("phase", "=", "ready")
      .where("job_open", "=", 0)
      .limit(capacity);
    found.push(...(await locked(database, heads).execute()).map(toTask));
  }
  return found;
}

/** Those that the sites speak of, and all of those that tell their whole inventory. */
async function readDevices({ database, db, needs }: Batch): Promise<DeviceRecord[]> {
  const named = needs.flatMap(({ orgId, serials }) => serials.map((serial): Key => [orgId, serial]));
  const whole = needs.filter(({ wholeSite }) => wholeSite).map(siteOf);
  const found = new Map<string, DeviceRecord>();
  for (const [column, keys] of [
    ["serial", named],
    ["agent_id", whole],
  ] as const) {
    if (keys.length === 0) continue;
    const query = db
      .selectFrom("devices")
      .selectAll()
      .where(({ ref }) => database.amongKeys([ref("org_id"), ref(column)], keys))
      .orderBy("id");
    for (const row of await locked(database, query).execute()) found.set(row.id, toDevice(row));
  }
  return [...found.values()];
}

const tasksOf = (batch: Batch, targets: readonly { orgId: string; id: string }[]): Promise<TaskRecord[]> =>
  readTasks(
    batch,
    "device_id",
    targets.map(({ orgId, id }): Key => [orgId, id]),
    (query) => query.where(notEnded),
  );

/** Devices that are spoken of for the first time. */
function unfound(needs: readonly SyncNeeds[], devices: readonly DeviceRecord[]): Key[] {
  const found = new Set(devices.map(({ orgId, serial }) => `${orgId} ${serial}`));
  return needs.flatMap(({ orgId, serials }) =>
    serials.filter((serial) => !found.has(`${orgId} ${serial}`)).map((serial): Key => [orgId, serial]),
  );
}

async function bufferedEvents(
  { database, db }: Batch,
  tasks: readonly TaskRecord[],
): Promise<SyncWorld["buffered"]> {
  const gapped = tasks.filter(({ seqHigh, ackedSeq }) => seqHigh > ackedSeq);
  if (gapped.length === 0) return [];
  const acked = new Map<string, number>(
    gapped.map(({ id, epoch, ackedSeq }) => [jobIdOf(id, epoch), ackedSeq]),
  );
  const jobs = gapped.map(({ orgId, id, epoch }): Key => [orgId, jobIdOf(id, epoch)]);
  const rows = await db
    .selectFrom("events")
    .select(["job_id", "seq", "task_id", "epoch", "body"])
    .where(({ ref }) => database.amongKeys([ref("org_id"), ref("job_id")], jobs))
    .where("late", "=", 0)
    .orderBy("seq")
    .execute();
  return rows
    .filter(({ job_id, seq }) => seq > (acked.get(job_id) ?? 0))
    .map((row) => ({ jobId: row.job_id as JobId, event: toEvent(row) }));
}

async function openCommands({ database, db, sites }: Batch, { commanded }: Waits): Promise<CommandRecord[]> {
  const those = sites.filter(of(commanded));
  if (those.length === 0) return [];
  const query = db
    .selectFrom("commands")
    .selectAll()
    .where(({ ref }) => database.amongKeys([ref("org_id"), ref("agent_id")], those))
    .where("acked_at", "is", null)
    .orderBy("id");
  return (await query.execute()).map(toCommand);
}
