import { sql, type SqlBool } from "kysely";
import type { LinkRecord, SyncChanges, SyncStore } from "../fleet/sync/store.ts";
import { bulkInsert, bulkUpdate, cells, type BulkStatement } from "./bulk.ts";
import type { Database, Key } from "./database.ts";
import { fromEvent } from "./event-row.ts";
import { fromDevice } from "./fleet.ts";
import { saveRecorded, saveServers } from "./servers-sync.ts";
import { loadSyncWorld } from "./sync-load.ts";
import type { Access } from "./tables.ts";
import { saveTasks } from "./task-changes.ts";

const SAVE_LINKS = bulkUpdate(
  "links",
  ["org_id", "agent_id"],
  [
    ...(["boot_id", "boot_since", "displaced", "agent_version", "inventory_hash", "order_seq"] as const),
    ...(["last_sync_id", "last_answer"] as const),
  ],
);
const INSERT_EVENTS = bulkInsert("events", "do nothing");
const ACK_COMMANDS = bulkUpdate("commands", ["org_id", "id"], ["acked_at"]);
const SAVE_SERVER_VERSIONS = bulkUpdate("servers", ["org_id", "id"], ["version"]);
const SAVE_VERSIONS = bulkUpdate("devices", ["org_id", "id"], ["version"]);
const SAVE_DEVICES = bulkInsert(
  "devices",
  `(org_id, serial) do update set ${(
    [
      "agent_id",
      "model",
      "name",
      "hardware_id",
      "version",
      "address",
      "scheme",
      "trouble",
      "seen_at",
      "present_at",
    ] as const
  )
    .map((column) => `"${column}" = excluded."${column}"`)
    .join(", ")}`,
);

const fromLink = (link: LinkRecord) => ({
  org_id: link.orgId,
  agent_id: link.agentId,
  boot_id: link.bootId,
  boot_since: link.bootSince,
  displaced: JSON.stringify(link.displaced),
  agent_version: link.agentVersion,
  inventory_hash: link.inventoryHash,
  order_seq: link.orderSeq,
  last_sync_id: link.lastSyncId,
  last_answer: link.lastAnswer,
});

export const syncStore = (database: Database, reach: Access): SyncStore => ({
  load: (needs) => loadSyncWorld(database, reach, needs),
  save: (changes) => saveSyncs(database, reach, changes),
});

async function saveSyncs(database: Database, reach: Access, changes: SyncChanges): Promise<void> {
  const { links, tasks, events, ackedCommands, proved, devices, servers, recorded, now } = changes;
  const write = (statement: BulkStatement, rows: readonly object[]) =>
    database.bulk(reach.acrossOrgs, statement, cells(statement, rows));
  await write(SAVE_LINKS, links.map(fromLink));
  await write(INSERT_EVENTS, events.map(fromEvent));
  await saveTasks(database, reach, tasks);
  await write(
    ACK_COMMANDS,
    ackedCommands.map(({ orgId, commandId }) => ({ org_id: orgId, id: commandId, acked_at: now })),
  );
  const versions = (of: "device" | "server") =>
    proved
      .filter(({ kind }) => kind === of)
      .map(({ orgId, deviceId, version }) => ({ org_id: orgId, id: deviceId, version }));
  await write(SAVE_VERSIONS, versions("device"));
  await write(SAVE_SERVER_VERSIONS, versions("server"));
  await write(SAVE_DEVICES, devices.map(fromDevice));
  await saveServers(database, reach, servers);
  await saveRecorded(database, reach, recorded);
  if (devices.length > 0) await rehouse(database, reach, devices);
}

/**
 * The folder that a site's new devices go to was read when the batch began. If it was deleted since, they go where the
 * agent's devices go now.
 */
async function rehouse(
  database: Database,
  { acrossOrgs }: Access,
  devices: SyncChanges["devices"],
): Promise<void> {
  const keys = devices.map(({ orgId, id }): Key => [orgId, id]);
  await acrossOrgs
    .updateTable("devices")
    .set({
      folder_id: sql<string>`(select agents.folder_id from agents
        where agents.org_id = devices.org_id and agents.id = devices.agent_id)`,
    })
    .where(({ ref }) => database.amongKeys([ref("devices.org_id"), ref("devices.id")], keys))
    .where(
      sql<SqlBool>`not exists (select 1 from folders
        where folders.org_id = devices.org_id and folders.id = devices.folder_id)`,
    )
    .where(
      sql<SqlBool>`exists (select 1 from agents
        where agents.org_id = devices.org_id and agents.id = devices.agent_id)`,
    )
    .execute();
}
