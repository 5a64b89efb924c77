import { sql } from "kysely";
import type { ReadIdle } from "../fleet/sync/store.ts";
import type { Database } from "./database.ts";
import type { Row } from "./schema.ts";

type IdleRow = Pick<Row<"links">, "boot_id" | "inventory_hash" | "last_sync_id" | "agent_version"> & {
  waiting: number;
};

export function readIdle(database: Database): ReadIdle {
  const task = sql`select 1 from tasks where tasks.org_id = links.org_id and tasks.agent_id = links.agent_id
    and ended_at is null and tasks.phase in ('ready', 'leased', 'running', 'reconciling')`;
  const command = sql`select 1 from commands where commands.org_id = links.org_id
    and commands.agent_id = links.agent_id and commands.acked_at is null`;
  const waiting = sql<number>`case when exists (${task}) or exists (${command}) then 1 else 0 end`;
  const query = database.reader
    .selectFrom("links")
    .select(["boot_id", "inventory_hash", "last_sync_id", "agent_version", waiting.as("waiting")])
    .where("org_id", "=", "")
    .where("agent_id", "=", "")
    .compile();
  const read = database.prepared<IdleRow>(query);
  return async (orgId, agentId) => {
    const [row] = await read([orgId, agentId]);
    if (!row) return null;
    const {
      boot_id: bootId,
      inventory_hash: inventoryHash,
      last_sync_id: lastSyncId,
      agent_version: agentVersion,
    } = row;
    return { bootId, inventoryHash, lastSyncId, agentVersion, waiting: row.waiting === 1 };
  };
}
