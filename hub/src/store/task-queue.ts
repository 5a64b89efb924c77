import type { UpgradeStore } from "../upgrades/store.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import { lockedFree, type Database, type Key } from "./database.ts";
import type { Access } from "./tables.ts";
import { toTask } from "./task-row.ts";

const deviceKey = ({ orgId, deviceId }: TaskRecord): Key => [orgId, deviceId];

/** The scheduler's questions, over all organisations. */
export const taskQueue = (
  database: Database,
  { acrossOrgs }: Access,
): Pick<UpgradeStore, "due" | "nextDue" | "heldBy"> => ({
  async due(now, limit) {
    const query = acrossOrgs
      .selectFrom("tasks")
      .selectAll()
      .where("wake_at", "<=", now)
      .orderBy("wake_at")
      .limit(limit);
    const tasks = (await lockedFree(database, query).execute()).map(toTask);
    const devices = await acrossOrgs
      .selectFrom("devices")
      .select(["org_id", "id", "version"])
      .where(({ ref }) => database.amongKeys([ref("org_id"), ref("id")], tasks.map(deviceKey)))
      .execute();
    const servers = await acrossOrgs
      .selectFrom("servers")
      .select(["org_id", "id", "version"])
      .where(({ ref }) =>
        database.amongKeys(
          [ref("org_id"), ref("id")],
          tasks.filter(({ server }) => server !== null).map(deviceKey),
        ),
      )
      .execute();
    const versions = new Map(
      [...devices, ...servers].map(({ org_id, id, version }) => [`${org_id} ${id}`, version]),
    );
    return tasks.map((task) => ({
      task,
      deviceVersion: versions.get(`${task.orgId} ${task.deviceId}`) ?? null,
    }));
  },
  async nextDue() {
    const query = acrossOrgs.selectFrom("tasks").select("wake_at").where("wake_at", "is not", null);
    return (await query.orderBy("wake_at").limit(1).executeTakeFirst())?.wake_at ?? null;
  },
  async heldBy(reason, limit) {
    const query = acrossOrgs
      .selectFrom("tasks")
      .selectAll()
      .where("phase", "=", "pending")
      .where("holds", "like", `%"${reason}"%`)
      .limit(limit);
    return (await lockedFree(database, query).execute()).map(toTask);
  },
});
