import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** What is watched at servers, and what was told of it. */
export const monitoring: MigrationFor = ({ text }) => ({
  async up(db) {
    const { table, index } = makerOf(db, text);

    await table("thresholds", ["org_id", "scope"], ["org_id", "scope", "changes"], ["version"]);
    await table(
      "alerts",
      ["org_id", "id"],
      [
        ...["org_id", "id", "server_id", "kind", "part", "state", "measured", "threshold", "comment"],
        "acknowledged_by?",
      ],
      ["since", "opened_at?", "closed_at?", "acknowledged_at?", "muted_until?"],
    );
    await index("alerts_living", "alerts", ["org_id", "server_id", "kind", "part"])
      .unique()
      .where("closed_at" as never, "is", null)
      .execute();
  },
});
