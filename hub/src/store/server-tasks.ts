import type { TaskId } from "@fyr/protocol";
import type { UpgradeStore } from "../upgrades/store.ts";
import { notEnded, type Database } from "./database.ts";
import type { Access } from "./tables.ts";
import { toTask } from "./task-row.ts";

/** Questions about the tasks of servers. */
export const serverTasks = (
  database: Database,
  { within }: Access,
): Pick<UpgradeStore, "serverTasks" | "openServerTasks" | "restoresOf"> => ({
  async serverTasks(orgId, { serverId, after, limit }) {
    let query = within(orgId)
      .from("tasks")
      .selectAll()
      .where("device_id", "=", serverId)
      .where("server_uid", "is not", null)
      .orderBy("id", "desc")
      .limit(limit + 1);
    if (after !== undefined) query = query.where("id", "<", after);
    return (await query.execute()).map(toTask);
  },
  async restoresOf(orgId, tasks) {
    const query = within(orgId)
      .from("commands")
      .select(["task_id", "created_at"])
      .where(({ ref }) => database.among(ref("task_id"), tasks))
      .where("kind", "=", "restore");
    return new Map((await query.execute()).map((row) => [row.task_id as TaskId, row.created_at]));
  },
  async openServerTasks(orgId, servers) {
    const query = within(orgId)
      .from("tasks")
      .selectAll()
      .where(({ ref }) => database.among(ref("device_id"), servers))
      .where(notEnded);
    return (await query.execute()).map(toTask);
  },
});
