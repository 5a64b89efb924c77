import { sql, type Kysely, type RawBuilder } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import type { Tables } from "../schema.ts";
import { spine } from "./0001-spine.ts";
import { access } from "./0002-access.ts";
import { accounts } from "./0003-accounts.ts";
import { people } from "./0004-people.ts";
import { audit } from "./0007-audit.ts";
import { licences } from "./0005-licences.ts";
import { folders } from "./0008-folders.ts";
import { servers } from "./0006-servers.ts";
import { licenceGuides } from "./0012-licence-guides.ts";
import { ownership } from "./0013-ownership.ts";
import { givenUpLicences } from "./0014-given-up-licences.ts";
import { applicationsAreServers } from "./0015-applications-are-servers.ts";
import { monitoring } from "./0011-monitoring.ts";

/** What differs between the databases in a table's making. */
export interface Making {
  /** Text that sorts by bytes, so that both databases give pages in one order. */
  readonly text: RawBuilder<unknown>;
  /** For what a table's columns cannot say: triggers. */
  readonly kind: "sqlite" | "postgres";
}

export type MigrationFor = (making: Making) => Migration;

/** Numbered, only ever added to. */
const MIGRATIONS: Readonly<Record<string, MigrationFor>> = {
  "0001-spine": spine,
  "0002-access": access,
  "0003-accounts": accounts,
  "0004-people": people,
  "0007-audit": audit,
  "0005-licences": licences,
  "0008-folders": folders,
  "0006-servers": servers,
  "0011-monitoring": monitoring,
  "0012-licence-guides": licenceGuides,
  "0013-ownership": ownership,
  "0014-given-up-licences": givenUpLicences,
  "0015-applications-are-servers": applicationsAreServers,
};

const making = (kind: "sqlite" | "postgres"): Making => ({
  text: kind === "postgres" ? sql`text collate "C"` : sql`text`,
  kind,
});

/** Brings the schema up to date. Two hubs may do so at once: one waits for the other and finds the work done. */
export async function migrate(db: Kysely<Tables>, kind: "sqlite" | "postgres"): Promise<void> {
  const made = making(kind);
  const all = Object.fromEntries(Object.entries(MIGRATIONS).map(([name, make]) => [name, make(made)]));
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(all) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error("migration failed", { cause: error });
}
