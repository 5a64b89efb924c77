import { join } from "node:path";
import Database from "better-sqlite3";
import { Fault } from "@fyr/protocol";

/**
 * Makes sure that one agent alone works in a data folder. The operating system holds the lock and frees it however the
 * process ends: it is an open SQLite transaction, which works alike on every system.
 *
 * @returns gives the folder free
 * @throws Fault INSTANCE_RUNNING
 */
export function lockFolder(folder: string): () => void {
  const database = new Database(join(folder, "agent.lock"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    const isHeld = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
    throw isHeld ? new Fault("INSTANCE_RUNNING", { folder }, { cause: error }) : error;
  }
  return () => database.close();
}
