import Database from "better-sqlite3";
import { Fault } from "@fyr/protocol";
import type { Connection, Disk } from "./disk.ts";
import { fits, keyOf, TABLES, type Row, type TableName } from "./rows.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** Names for what SQLite says; anything else is a broken assumption of ours and stays as it is. */
export function storeFault(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const [, kind] = error.code.split("_");
  if (kind === "FULL") return new Fault("DISK_FULL", { store: error.code }, { cause: error });
  if (kind === "CORRUPT" || kind === "NOTADB") {
    return new Fault("JOURNAL_CORRUPT", { store: error.code }, { cause: error });
  }
  if (["IOERR", "READONLY", "CANTOPEN", "BUSY", "LOCKED", "PERM", "NOMEM", "PROTOCOL"].includes(kind ?? "")) {
    return new Fault("STORE_FAILED", { store: error.code }, { cause: error });
  }
  return error;
}

/**
 * Opens the database, brings its tables up to date and sets rows aside that do not fit their checksums.
 *
 * @throws Fault JOURNAL_NEWER, JOURNAL_CORRUPT when the file as a whole cannot be trusted, DISK_FULL, STORE_FAILED
 */
export function connect(disk: Disk): Connection {
  let connection: Connection | undefined;
  try {
    const isWhole = disk.tailIsWhole();
    connection = disk.open();
    connection.pragma("journal_mode = wal");
    connection.pragma("synchronous = full");
    connection.pragma("fullfsync = on");
    prepareTables(connection);
    setDamageAside(connection);
    if (!isWhole) connection.exec(LOST_TAIL);
    return connection;
  } catch (error) {
    connection?.close();
    throw storeFault(error);
  }
}

function prepareTables(connection: Connection): void {
  const version = Number(connection.pragma("user_version", { simple: true }));
  if (version > SCHEMA_VERSION) throw new Fault("JOURNAL_NEWER", { found: version, known: SCHEMA_VERSION });
  const verdict = connection.pragma("integrity_check(1)", { simple: true });
  if (verdict !== "ok") throw new Fault("JOURNAL_CORRUPT", { store: String(verdict).slice(0, 200) });
  if (version === SCHEMA_VERSION) return;
  const tables = connection.prepare("select count(*) from sqlite_schema").pluck().get();
  if (version !== 0 || tables !== 0)
    throw new Fault("JOURNAL_CORRUPT", { store: "schema version", found: version });
  connection.transaction(() => {
    connection.exec(SCHEMA);
    connection.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

/** Nobody can say which rows the newest, lost transactions would have changed. */
const LOST_TAIL = "insert into quarantine (source, key, cells) values ('wal', 'tail', '')";

/** Small facts stay where they are and are refused when asked for: their owners must learn of it. */
const SET_ASIDE = ["job", "step_run", "event", "command"] as const satisfies TableName[];

function setDamageAside(connection: Connection): void {
  const damaged: { table: TableName; row: Row }[] = [];
  for (const table of SET_ASIDE) {
    for (const row of connection.prepare<[], Row>(`select * from ${table}`).iterate()) {
      if (!fits(table, row)) damaged.push({ table, row });
    }
  }
  connection.transaction(() => damaged.forEach(({ table, row }) => setAside(connection, table, row)))();
}

function setAside(connection: Connection, table: TableName, row: Row): void {
  connection
    .prepare("insert into quarantine (source, key, cells) values (?, ?, ?)")
    .run(table, keyOf(table, row), JSON.stringify(row));
  const where = TABLES[table].key.map((name) => `${name} = @${name}`).join(" and ");
  connection.prepare(`delete from ${table} where ${where}`).run(row);
}
