import type { AgentId, DeviceId, DeviceTrouble, FolderId, OrgId, Reach, Serial, TaskId } from "@fyr/protocol";
import type { AgentRecord, DeviceFilter, DeviceRecord, DeviceWithTask, FleetStore } from "../fleet/store.ts";
import { sql, type Expression, type SqlBool } from "kysely";
import { bulkUpdate, cells } from "./bulk.ts";
import { locked, notEnded, type Database } from "./database.ts";
import { folderWithin } from "./reach.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const SEEN = bulkUpdate("links", ["org_id", "agent_id"], ["last_seen_at"]);

export const toDevice = (row: Row<"devices">): DeviceRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as DeviceId,
  serial: row.serial as Serial,
  agentId: row.agent_id as AgentId,
  model: row.model,
  name: row.name,
  hardwareId: row.hardware_id,
  version: row.version,
  address: row.address,
  scheme: row.scheme as DeviceRecord["scheme"],
  trouble: row.trouble as DeviceTrouble | null,
  seenAt: row.seen_at,
  presentAt: row.present_at,
  folderId: row.folder_id as FolderId,
});

export const fromDevice = (device: DeviceRecord): Row<"devices"> => ({
  org_id: device.orgId,
  id: device.id,
  serial: device.serial,
  agent_id: device.agentId,
  model: device.model,
  name: device.name,
  hardware_id: device.hardwareId,
  version: device.version,
  address: device.address,
  scheme: device.scheme,
  trouble: device.trouble,
  seen_at: device.seenAt,
  present_at: device.presentAt,
  folder_id: device.folderId,
});

type AgentRow = Pick<Row<"agents">, "org_id" | "id" | "name" | "state" | "created_at" | "folder_id"> &
  Pick<Row<"links">, "last_seen_at" | "agent_version"> & { certificate_until: number | null };

const toAgent = (row: AgentRow): AgentRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as AgentId,
  name: row.name,
  state: row.state as AgentRecord["state"],
  createdAt: row.created_at,
  agentVersion: row.agent_version,
  lastSeenAt: row.last_seen_at,
  certificateUntil: row.certificate_until,
  folderId: row.folder_id as FolderId,
});

/** `%` and `_` in what people type mean themselves. */
const containing = (text: string): string => `%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;

/** Devices within a reach that a filter lets pass: one condition for lists and for counts (A-24). */
function wanted(
  database: Pick<Database, "among">,
  orgId: OrgId,
  reach: Reach,
  { folderId, below = true, name }: DeviceFilter = {},
): Expression<SqlBool> {
  const folder = sql<string>`devices.folder_id`;
  const conditions = [folderWithin(database, orgId, folder, reach)];
  if (folderId !== undefined && below) conditions.push(folderWithin(database, orgId, folder, [folderId]));
  if (folderId !== undefined && !below) conditions.push(sql<SqlBool>`${folder} = ${folderId}`);
  if (name !== undefined)
    conditions.push(sql<SqlBool>`lower(devices.name) like ${containing(name)} escape '\\'`);
  return sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}

type DeviceRow = Row<"devices"> & { task_id: string | null };

const toDeviceWithTask = (row: DeviceRow): DeviceWithTask => ({
  ...toDevice(row),
  activeTaskId: row.task_id as TaskId | null,
});

export function fleetStore(database: Database, { acrossOrgs, within }: Access): FleetStore {
  const agents = (orgId: OrgId) =>
    within(orgId)
      .from("agents")
      .leftJoin("links", (join) =>
        join.onRef("links.org_id", "=", "agents.org_id").onRef("links.agent_id", "=", "agents.id"),
      )
      .select(["agents.org_id", "agents.id", "agents.name", "agents.state", "agents.created_at"])
      .select("agents.folder_id")
      .select(["links.last_seen_at", "links.agent_version"])
      .select(({ selectFrom, fn }) =>
        selectFrom("certificates")
          .select(({ ref }) => fn.max(ref("certificates.not_after")).as("until"))
          .whereRef("certificates.org_id", "=", "agents.org_id")
          .whereRef("certificates.agent_id", "=", "agents.id")
          .where("certificates.revoked_at", "is", null)
          .as("certificate_until"),
      );

  const devices = (orgId: OrgId) =>
    within(orgId)
      .from("devices")
      .selectAll("devices")
      .select(({ selectFrom }) =>
        selectFrom("tasks")
          .select("tasks.id")
          .whereRef("tasks.org_id", "=", "devices.org_id")
          .whereRef("tasks.device_id", "=", "devices.id")
          .where(notEnded)
          .limit(1)
          .as("task_id"),
      );

  return {
    async agents(orgId, reach, { after, limit }) {
      let query = agents(orgId)
        .where(({ ref }) => folderWithin(database, orgId, ref("agents.folder_id"), reach))
        .orderBy("agents.id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("agents.id", ">", after);
      return (await query.execute()).map(toAgent);
    },
    async agent(orgId, agentId) {
      const row = await agents(orgId).where("agents.id", "=", agentId).executeTakeFirst();
      return row ? toAgent(row) : null;
    },
    async devices(orgId, reach, { after, limit }, filter) {
      let query = devices(orgId)
        .where(wanted(database, orgId, reach, filter))
        .orderBy("devices.id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("devices.id", ">", after);
      return (await query.execute()).map(toDeviceWithTask);
    },
    async device(orgId, deviceId) {
      const row = await devices(orgId).where("devices.id", "=", deviceId).executeTakeFirst();
      return row ? toDeviceWithTask(row) : null;
    },
    ...devicesAtOnce(database, { within }),
    async insertLink(orgId, agentId) {
      const empty = {
        boot_id: null,
        boot_since: null,
        agent_version: null,
        last_seen_at: null,
        inventory_hash: null,
      };
      const row = {
        agent_id: agentId,
        ...empty,
        displaced: "[]",
        order_seq: 0,
        last_sync_id: null,
        last_answer: null,
      };
      await within(orgId).insert("links", row).execute();
    },
    async seen(sightings) {
      const rows = sightings.map(({ orgId, agentId, at }) => ({
        org_id: orgId,
        agent_id: agentId,
        last_seen_at: at,
      }));
      await database.bulk(acrossOrgs, SEEN, cells(SEEN, rows));
    },
  };
}

/** Devices counted and taken many at once. */
const devicesAtOnce = (
  database: Database,
  { within }: Pick<Access, "within">,
): Pick<FleetStore, "countDevices" | "devicesNamed" | "moveDevices" | "lockDevices"> => ({
  async countDevices(orgId, reach, filter) {
    const query = within(orgId)
      .from("devices")
      .select(sql<number>`cast(count(*) as bigint)`.as("found"))
      .where(wanted(database, orgId, reach, filter));
    return (await query.executeTakeFirstOrThrow()).found;
  },
  async devicesNamed(orgId, ids) {
    const query = within(orgId)
      .from("devices")
      .selectAll()
      .where(({ ref }) => database.among(ref("id"), ids))
      .orderBy("id");
    return (await query.execute()).map(toDevice);
  },
  async moveDevices(orgId, ids, folderId) {
    await within(orgId)
      .update("devices")
      .set({ folder_id: folderId })
      .where(({ ref }) => database.among(ref("id"), ids))
      .execute();
  },
  async lockDevices(orgId, ids) {
    const query = within(orgId)
      .from("devices")
      .selectAll()
      .where(({ ref }) => database.among(ref("id"), ids))
      .orderBy("id");
    return (await locked(database, query).execute()).map(toDevice);
  },
});
