import type { MigrationFor } from "./index.ts";

/** Which applications synchronise with a folder is read off the servers; nobody ever wrote it down. */
export const applicationsAreServers: MigrationFor = () => ({
  up: (db) => db.schema.dropTable("folder_applications").execute(),
});
