import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** What the hub's operator tells customers about getting licences; each version is kept. */
export const licenceGuides: MigrationFor = ({ text }) => ({
  async up(db) {
    await makerOf(db, text).table(
      "licence_guides",
      ["version"],
      ["document", "supplied_by"],
      ["version", "supplied_at"],
    );
  },
});
