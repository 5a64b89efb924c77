import type { MigrationFor } from "./index.ts";

/** The ways into the audit, each by sequence: whose, which action, which object; and where a time begins. */
export const audit: MigrationFor = () => ({
  async up(db) {
    for (const column of ["actor", "action", "object", "at"]) {
      await db.schema.createIndex(`audit_${column}`).on("audit").columns(["org_id", column, "seq"]).execute();
    }
  },
});
