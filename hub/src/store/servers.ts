import type { DeviceId, OrgId, Serial } from "@fyr/protocol";
import { sql } from "kysely";
import type { ServerStore } from "../servers/store.ts";
import { locked, type Database } from "./database.ts";
import { folderWithin } from "./reach.ts";
import { toServer } from "./server-row.ts";
import type { Access } from "./tables.ts";

export function serverStore(database: Database, { within }: Access): ServerStore {
  const living = (orgId: OrgId) =>
    within(orgId).from("servers").selectAll().where("state", "<>", "unregistered");

  return {
    async servers(orgId, reach, { after, limit }) {
      let query = living(orgId)
        .where(({ ref }) => folderWithin(database, orgId, ref("folder_id"), reach))
        .orderBy("id")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("id", ">", after);
      return (await query.execute()).map(toServer);
    },
    async server(orgId, serverId) {
      const row = await living(orgId).where("id", "=", serverId).executeTakeFirst();
      return row ? toServer(row) : null;
    },
    async lockServer(orgId, serverId) {
      const row = await locked(database, living(orgId).where("id", "=", serverId)).executeTakeFirst();
      return row ? toServer(row) : null;
    },
    async move(orgId, serverId, folderId) {
      await within(orgId)
        .update("servers")
        .set({ folder_id: folderId })
        .where("id" as never, "=", serverId as never)
        .execute();
    },
    async unregister(orgId, serverId) {
      const gone = { state: "unregistered", devices_hash: null, device_count: null };
      await within(orgId)
        .update("servers")
        .set(gone)
        .where("id" as never, "=", serverId as never)
        .execute();
      await within(orgId).remove("server_devices").where("server_id", "=", serverId).execute();
    },
    async recorded(orgId, serverId, reach, { after, limit }) {
      let query = within(orgId)
        .from("server_devices")
        .leftJoin("devices", (join) =>
          join
            .onRef("devices.org_id", "=", "server_devices.org_id")
            .onRef("devices.serial", "=", "server_devices.serial"),
        )
        .select(["server_devices.serial", "devices.id"])
        .where("server_devices.server_id", "=", serverId)
        .where(({ or, eb }) =>
          or([
            eb("devices.id", "is", null),
            folderWithin(database, orgId, sql<string>`devices.folder_id`, reach),
          ]),
        )
        .orderBy("server_devices.serial")
        .limit(limit + 1);
      if (after !== undefined) query = query.where("server_devices.serial", ">", after);
      return (await query.execute()).map(({ serial, id }) => ({
        serial: serial as Serial,
        deviceId: id as DeviceId | null,
      }));
    },
  };
}
