import type { MigrationFor } from "./index.ts";
import { makerOf } from "./maker.ts";

/** Systems without a network that gave their licences up, to move to another organisation. */
export const givenUpLicences: MigrationFor = ({ text }) => ({
  up: (db) => makerOf(db, text).addIntOrNull("licence_systems", "given_up_at"),
});
