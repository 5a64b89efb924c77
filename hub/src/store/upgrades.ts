import type { OrgId, TaskPhase, Upgrade, UpgradeId } from "@fyr/protocol";
import type { UpgradeStore } from "../upgrades/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, notEnded, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";
import { insertTasks, saveTasks } from "./task-changes.ts";
import { taskQueue } from "./task-queue.ts";
import { toTask } from "./task-row.ts";

const INSERT_COMMANDS = bulkInsert("commands");

function showUpgrades(rows: readonly Row<"upgrades">[], counts: readonly Row<"task_counts">[]): Upgrade[] {
  const byUpgrade = Map.groupBy(counts, ({ upgrade_id }) => upgrade_id);
  return rows.map(({ id, created_at }) => ({
    id: id as UpgradeId,
    createdAt: created_at,
    counts: Object.fromEntries(
      (byUpgrade.get(id) ?? [])
        .filter(({ tasks }) => tasks > 0)
        .map(({ phase, tasks }) => [phase as TaskPhase, tasks]),
    ),
  }));
}

export function upgradeStore(database: Database, reach: Access): UpgradeStore {
  const { acrossOrgs, within } = reach;

  async function counted(orgId: OrgId, rows: readonly Row<"upgrades">[]): Promise<Upgrade[]> {
    const ids = rows.map(({ id }) => id);
    const counts = within(orgId).from("task_counts").selectAll();
    return showUpgrades(
      rows,
      await counts.where(({ ref }) => database.among(ref("upgrade_id"), ids)).execute(),
    );
  }

  return {
    async insertUpgrade({ orgId, id, actor, createdAt }) {
      await within(orgId).insert("upgrades", { id, actor, created_at: createdAt }).execute();
    },
    async upgrade(orgId, upgradeId) {
      const rows = await within(orgId).from("upgrades").selectAll().where("id", "=", upgradeId).execute();
      return (await counted(orgId, rows))[0] ?? null;
    },
    async upgrades(orgId, { after, limit }) {
      let query = within(orgId)
        .from("upgrades")
        .selectAll()
        .orderBy("id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("id", ">", after);
      return counted(orgId, await query.execute());
    },
    insertTasks: (tasks) => insertTasks(database, reach, tasks),
    saveTasks: (changes) => saveTasks(database, reach, changes),
    async task(orgId, taskId) {
      const row = await within(orgId).from("tasks").selectAll().where("id", "=", taskId).executeTakeFirst();
      return row ? toTask(row) : null;
    },
    async lockTask(orgId, taskId) {
      const query = within(orgId).from("tasks").selectAll().where("id", "=", taskId);
      const row = await locked(database, query).executeTakeFirst();
      return row ? toTask(row) : null;
    },
    async tasks(orgId, { upgradeId, phase }, { after, limit }) {
      let query = within(orgId)
        .from("tasks")
        .selectAll()
        .orderBy("id")
        .limit(limit + 1);
      if (upgradeId !== undefined) query = query.where("upgrade_id", "=", upgradeId);
      if (phase !== undefined) query = query.where("phase", "=", phase);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toTask);
    },
    async lockOpenTasks(orgId, devices) {
      const query = within(orgId)
        .from("tasks")
        .selectAll()
        .where(({ ref }) => database.among(ref("device_id"), devices))
        .where(notEnded)
        .orderBy("id");
      return (await locked(database, query).execute()).map(toTask);
    },
    ...taskQueue(database, reach),
    async insertCommands(commands) {
      const rows = commands.map(({ orgId, commandId, agentId, taskId, kind, createdAt }) => ({
        ...{ org_id: orgId, id: commandId, agent_id: agentId, task_id: taskId },
        ...{ kind, created_at: createdAt, acked_at: null },
      }));
      await database.bulk(acrossOrgs, INSERT_COMMANDS, cells(INSERT_COMMANDS, rows));
    },
  };
}
