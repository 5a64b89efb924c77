import BetterSqlite, { type Database as Handle, type Statement } from "better-sqlite3";
import { Kysely, SqliteAdapter, SqliteDialect, type SqliteDatabase } from "kysely";
import { amongJson, type Database } from "./database.ts";
import type { Tables } from "./schema.ts";

/** A writer waits this long for another process at the same file. */
const BUSY_MS = 5_000;

/** Statements kept ready; beyond this the oldest are made again when they come. */
const STATEMENTS = 500;

/** SQLite's schema changes are transactional; Kysely leaves it open because other drivers of SQLite differ. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

type Prepare = (sql: string) => Statement<unknown[]>;

function keptStatements(handle: Handle): Prepare {
  const kept = new Map<string, Statement<unknown[]>>();
  return (sql) => {
    const found = kept.get(sql);
    if (found) return found;
    const made = handle.prepare<unknown[]>(sql);
    const [oldest] = kept.size >= STATEMENTS ? kept.keys() : [];
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(sql, made);
    return made;
  };
}

/** The handle as Kysely drives it. */
function driven(handle: Handle, prepare: Prepare): SqliteDatabase {
  const nothing = { reader: false, all: () => [], run: () => ({ changes: 0, lastInsertRowid: 0 }) };
  return {
    close: () => void handle.close(),
    prepare(sql) {
      // A transaction that will write takes its lock first; otherwise two processes could both read, and one fail.
      if (sql === "begin") return prepare("begin immediate");
      // After some errors, a full disk among them, SQLite has rolled back by itself.
      if (sql === "rollback" && !handle.inTransaction) return nothing as never;
      return prepare(sql);
    },
  };
}

function open(
  path: string,
  options: { readonly: boolean },
): { handle: Handle; prepare: Prepare; db: Kysely<Tables> } {
  const handle = new BetterSqlite(path, { ...options, timeout: BUSY_MS });
  handle.pragma("foreign_keys = on");
  handle.pragma("cache_size = -65536");
  if (!options.readonly) {
    handle.pragma("journal_mode = wal");
    // An acknowledged fact survives a power cut, not only a kill (security.md 0.1).
    handle.pragma("synchronous = full");
  }
  const prepare = keptStatements(handle);
  return {
    handle,
    prepare,
    db: new Kysely<Tables>({ dialect: new Dialect({ database: driven(handle, prepare) }) }),
  };
}

/** @param path a file, or `:memory:` for a database that lives as long as it is open */
export function openSqlite(path: string): Database {
  const writer = open(path, { readonly: false });
  // Another connection to `:memory:` would be another database.
  const reader = path === ":memory:" ? writer : open(path, { readonly: true });
  return {
    kind: "sqlite",
    writer: writer.db,
    reader: reader.db,
    bulk(_db, { sqlite }, rows) {
      const statement = writer.prepare(sqlite);
      let changed = 0;
      for (const row of rows) changed += statement.run(...row).changes;
      return Promise.resolve(changed);
    },
    prepared<Row>({ sql }: { sql: string }) {
      const statement = reader.prepare(sql) as unknown as Statement<unknown[], Row>;
      return (parameters) => Promise.resolve(statement.all(...parameters));
    },
    among: amongJson,
    async close() {
      if (reader !== writer) await reader.db.destroy();
      await writer.db.destroy();
    },
  };
}
