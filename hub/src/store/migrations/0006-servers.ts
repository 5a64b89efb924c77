import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Servers, what they record, and what their upgrades are known by among tasks. */
export const servers: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index, addText, addTextOrNull, addIntOrNull } = makerOf(db, text);

    await table(
      "servers",
      ["org_id", "id"],
      [
        ...[
          "org_id",
          "id",
          "uid",
          "state",
          "name",
          "version?",
          "facts",
          "agent_id",
          "folder_id",
          "rival_id?",
        ],
        ...["devices_hash?", "health", "standing"],
      ],
      ["device_count?", "registered_at", "reported_at"],
    );
    await index("servers_uid", "servers", ["org_id", "uid"])
      .unique()
      .where("state" as never, "<>", "unregistered")
      .execute();
    // A server belongs to one organisation at a time, whichever it is.
    await index("servers_owner", "servers", ["uid"])
      .unique()
      .where("state" as never, "=", "registered")
      .execute();
    await index("servers_folder", "servers", ["org_id", "folder_id", "id"]).execute();
    await index("servers_agent", "servers", ["org_id", "agent_id"]).execute();
    await table("server_devices", ["org_id", "server_id", "serial"], ["org_id", "server_id", "serial"], []);
    await index("server_devices_serial", "server_devices", ["org_id", "serial"]).execute();

    await addTextOrNull("tasks", "server_uid");
    await addTextOrNull("tasks", "attention");
    await addIntOrNull("tasks", "unavailable_since");
    await addText("upgrades", "kind", "device");
  },
});
