import type { FolderId, OrgId, Serial, ServerUid } from "@fyr/protocol";
import type { RecordedDevices, SyncNeeds, SyncWorld } from "../fleet/sync/store.ts";
import type { ServerRecord } from "../servers/server.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, type Database, type Key } from "./database.ts";
import { Collision, isTaken } from "./errors.ts";
import { fromServer, toServer } from "./server-row.ts";
import type { Access } from "./tables.ts";

/** What syncs read and write of servers. */

/** A folder is given once; later it is a person's to change, as is the end of a registration. */
const CURRENT = [
  ...(["state", "name", "version", "facts", "agent_id", "rival_id", "devices_hash", "health"] as const),
  ...(["standing", "device_count", "reported_at"] as const),
];
const SAVE = bulkInsert(
  "servers",
  `(org_id, id) do update set ${CURRENT.map((column) => `"${column}" = excluded."${column}"`).join(", ")}`,
);
const RECORD = bulkInsert("server_devices", "do nothing");

type Db = Access["acrossOrgs"];

/** One that lives comes after one that was taken out, and so takes its place. */
const livingLast = (a: ServerRecord, b: ServerRecord): number =>
  Number(a.state !== "unregistered") - Number(b.state !== "unregistered") || a.registeredAt - b.registeredAt;

export async function readServers(
  database: Database,
  db: Db,
  needs: readonly SyncNeeds[],
): Promise<ServerRecord[]> {
  const keys = needs.flatMap(({ orgId, servers }) => servers.map((uid): Key => [orgId, uid]));
  if (keys.length === 0) return [];
  const query = db
    .selectFrom("servers")
    .selectAll()
    .where(({ ref }) => database.amongKeys([ref("org_id"), ref("uid")], keys))
    .orderBy("id");
  return (await locked(database, query).execute()).map(toServer).sort(livingLast);
}

export async function readServerOwners(
  database: Database,
  db: Db,
  needs: readonly SyncNeeds[],
): Promise<SyncWorld["serverOwners"]> {
  const uids = needs.flatMap(({ servers }) => servers);
  if (uids.length === 0) return [];
  const rows = await db
    .selectFrom("servers")
    .select(["org_id", "uid"])
    .where(({ ref }) => database.among(ref("uid"), uids))
    .where("state", "=", "registered")
    .execute();
  return rows.map(({ org_id, uid }) => ({ orgId: org_id as OrgId, uid: uid as ServerUid }));
}

/** Where the servers stand that record these devices; the one that registered first decides. */
export async function readRecorded(
  database: Database,
  db: Db,
  devices: readonly Key[],
): Promise<SyncWorld["recorded"]> {
  if (devices.length === 0) return [];
  const rows = await db
    .selectFrom("server_devices")
    .innerJoin("servers", (join) =>
      join
        .onRef("servers.org_id", "=", "server_devices.org_id")
        .onRef("servers.id", "=", "server_devices.server_id"),
    )
    .select(["server_devices.org_id", "server_devices.serial", "servers.folder_id"])
    .where(({ ref }) =>
      database.amongKeys([ref("server_devices.org_id"), ref("server_devices.serial")], devices),
    )
    .where("servers.state", "=", "registered")
    .orderBy("servers.id", "desc")
    .execute();
  return rows.map(({ org_id, serial, folder_id }) => ({
    orgId: org_id as OrgId,
    serial: serial as Serial,
    folderId: folder_id as FolderId,
  }));
}

/** @throws Collision when another organisation was given one of them at the same moment */
export async function saveServers(
  database: Database,
  { acrossOrgs }: Access,
  servers: readonly ServerRecord[],
): Promise<void> {
  if (servers.length === 0) return;
  try {
    await database.bulk(acrossOrgs, SAVE, cells(SAVE, servers.map(fromServer)));
  } catch (error) {
    if (isTaken(error)) throw new Collision("a server was registered meanwhile");
    throw error;
  }
}

export async function saveRecorded(
  database: Database,
  { acrossOrgs }: Access,
  recorded: readonly RecordedDevices[],
): Promise<void> {
  for (const { orgId, serverId, serials } of recorded) {
    await acrossOrgs
      .deleteFrom("server_devices")
      .where("org_id", "=", orgId)
      .where("server_id", "=", serverId)
      .execute();
    const rows = serials.map((serial) => ({ org_id: orgId, server_id: serverId, serial }));
    await database.bulk(acrossOrgs, RECORD, cells(RECORD, rows));
  }
}
