import type { OrgId, Reach, TaskPhase, Upgrade, UpgradeId } from "@fyr/protocol";
import { sql, type Expression, type SqlBool } from "kysely";
import type { UpgradeStore } from "../upgrades/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, notEnded, type Database } from "./database.ts";
import { folderWithin } from "./reach.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";
import { serverTasks } from "./server-tasks.ts";
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

  /** From the counters where all is seen; who sees a part has that part counted. */
  async function counted(orgId: OrgId, reach: Reach, rows: readonly Row<"upgrades">[]): Promise<Upgrade[]> {
    const ids = rows.map(({ id }) => id);
    if (reach === "everywhere") {
      const counts = within(orgId).from("task_counts").selectAll();
      const found = await counts.where(({ ref }) => database.among(ref("upgrade_id"), ids)).execute();
      return showUpgrades(rows, found);
    }
    const found = await within(orgId)
      .from("tasks")
      .select(["org_id", "upgrade_id", "phase"])
      .select(({ fn }) => fn.countAll<number>().as("tasks"))
      .where(({ ref }) => database.among(ref("upgrade_id"), ids))
      .where(({ ref }) => deviceWithin(orgId, ref("device_id"), reach))
      .groupBy(["org_id", "upgrade_id", "phase"])
      .execute();
    return showUpgrades(rows, found);
  }

  const deviceWithin = (orgId: OrgId, column: Expression<string>, reach: Reach): Expression<SqlBool> =>
    reach === "everywhere"
      ? sql<SqlBool>`1 = 1`
      : sql<SqlBool>`${column} in (select devices.id from devices where devices.org_id = ${orgId}
          and ${folderWithin(database, orgId, sql<string>`devices.folder_id`, reach)})`;

  const upgradesWithin = (orgId: OrgId, reach: Reach) => {
    const all = within(orgId).from("upgrades").selectAll("upgrades").where("upgrades.kind", "=", "device");
    if (reach === "everywhere") return all;
    return all.where(({ exists, selectFrom, ref }) =>
      exists(
        selectFrom("tasks")
          .select("tasks.id")
          .whereRef("tasks.org_id", "=", "upgrades.org_id")
          .whereRef("tasks.upgrade_id", "=", "upgrades.id")
          .where(() => deviceWithin(orgId, ref("tasks.device_id" as never), reach)),
      ),
    );
  };

  return {
    async insertUpgrade({ orgId, id, actor, createdAt, kind }) {
      await within(orgId).insert("upgrades", { id, actor, created_at: createdAt, kind }).execute();
    },
    async upgrade(orgId, reach, upgradeId) {
      const rows = await upgradesWithin(orgId, reach).where("upgrades.id", "=", upgradeId).execute();
      return (await counted(orgId, reach, rows))[0] ?? null;
    },
    async upgrades(orgId, reach, { after, limit }) {
      let query = upgradesWithin(orgId, reach)
        .orderBy("upgrades.id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("upgrades.id", ">", after);
      return counted(orgId, reach, await query.execute());
    },
    async actorOf(orgId, upgradeId) {
      const query = within(orgId).from("upgrades").select("actor").where("id", "=", upgradeId);
      return (await query.executeTakeFirst())?.actor ?? null;
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
    async tasks(orgId, reach, { upgradeId, phase }, { after, limit }) {
      let query = within(orgId)
        .from("tasks")
        .selectAll()
        .where("server_uid", "is", null)
        .where(({ ref }) => deviceWithin(orgId, ref("device_id"), reach))
        .orderBy("id")
        .limit(limit + 1);
      if (upgradeId !== undefined) query = query.where("upgrade_id", "=", upgradeId);
      if (phase !== undefined) query = query.where("phase", "=", phase);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toTask);
    },
    async lockOpenTasks(orgId, targets) {
      const query = within(orgId)
        .from("tasks")
        .selectAll()
        .where(({ ref }) => database.among(ref("device_id"), targets))
        .where(notEnded)
        .orderBy("id");
      return (await locked(database, query).execute()).map(toTask);
    },
    ...serverTasks(database, reach),
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
