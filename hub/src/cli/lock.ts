import Database from "better-sqlite3";
import { Fault } from "@fyr/protocol";

/**
 * Keeps a data folder for this process alone. The lock is the operating system's, on an empty database file: it ends
 * with the process, however that ends, so no stale one is ever left.
 *
 * @returns gives the folder back
 * @throws Fault `INSTANCE_RUNNING`
 */
export function lockFolder(path: string): () => void {
  const holder = new Database(path, { timeout: 0 });
  try {
    holder.pragma("locking_mode = EXCLUSIVE");
    holder.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    holder.close();
    const { code } = error as { code?: string };
    throw code === "SQLITE_BUSY" ? new Fault("INSTANCE_RUNNING", {}, { cause: error }) : error;
  }
  return () => holder.close();
}
