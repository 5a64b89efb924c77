import type { LinkRecord, SyncChanges, SyncStore } from "../fleet/sync/store.ts";
import { bulkInsert, bulkUpdate, cells, type BulkStatement } from "./bulk.ts";
import type { Database } from "./database.ts";
import { fromEvent } from "./event-row.ts";
import { fromDevice } from "./fleet.ts";
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
  const { links, tasks, events, ackedCommands, proved, devices, now } = changes;
  const write = (statement: BulkStatement, rows: readonly object[]) =>
    database.bulk(reach.acrossOrgs, statement, cells(statement, rows));
  await write(SAVE_LINKS, links.map(fromLink));
  await write(INSERT_EVENTS, events.map(fromEvent));
  await saveTasks(database, reach, tasks);
  await write(
    ACK_COMMANDS,
    ackedCommands.map(({ orgId, commandId }) => ({ org_id: orgId, id: commandId, acked_at: now })),
  );
  await write(
    SAVE_VERSIONS,
    proved.map(({ orgId, deviceId, version }) => ({ org_id: orgId, id: deviceId, version })),
  );
  await write(SAVE_DEVICES, devices.map(fromDevice));
}
