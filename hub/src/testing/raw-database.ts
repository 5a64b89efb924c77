import { silentLog } from "@fyr/runtime";
import type { Database } from "../store/database.ts";
import { openPostgres } from "../store/postgres.ts";
import { openSqlite } from "../store/sqlite.ts";

/** The database behind a store, as somebody has it who goes around the hub. */
export const rawDatabase = (url: string): Database =>
  url.startsWith("sqlite:") ? openSqlite(url.slice("sqlite:".length)) : openPostgres(url, silentLog);
