import BetterSqlite, { type Database as Handle, type Statement } from "better-sqlite3";
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, type SqliteDatabase } from "kysely";
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

/** Hears each statement once. */
type Trace = (sql: string) => void;

type Prepare = (sql: string) => Statement<unknown[]>;

function keptStatements(handle: Handle, trace: Trace): Prepare {
  const kept = new Map<string, Statement<unknown[]>>();
  return (sql) => {
    const found = kept.get(sql);
    if (found) return found;
    trace(sql);
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

interface Connection {
  readonly prepare: Prepare;
  readonly db: Kysely<Tables>;
}

function connect(handle: Handle, trace: Trace): Connection {
  handle.pragma("cache_size = -65536");
  if (!handle.readonly) {
    handle.pragma("journal_mode = wal");
    // An acknowledged fact survives a power cut, not only a kill (security.md 0.1).
    handle.pragma("synchronous = full");
  }
  const prepare = keptStatements(handle, trace);
  const dialect = new Dialect({ database: driven(handle, prepare) });
  return { prepare, db: new Kysely<Tables>({ dialect }) };
}

const open = (path: string, readonly: boolean): Handle =>
  new BetterSqlite(path, { readonly, timeout: BUSY_MS });

/** @param path a file, or `:memory:` for a database that lives as long as it is open */
export function openSqlite(path: string, trace: Trace = () => {}): Database {
  const writer = connect(open(path, false), trace);
  // Another connection to `:memory:` would be another database.
  return over(writer, path === ":memory:" ? writer : connect(open(path, true), trace));
}

/** @throws SqliteError when there is no such file, now or at a write */
export function openSqliteToRead(path: string): Database {
  const only = connect(open(path, true), () => {});
  return over(only, only);
}

/** Over the one connection to a database; closes it in the end. */
export function sqliteOver(handle: Handle, trace: Trace = () => {}): Database {
  const only = connect(handle, trace);
  return over(only, only);
}

function over(writer: Connection, reader: Connection): Database {
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
    prepared: <Row>({ sql }: { sql: string }) =>
      reader === writer ? queued<Row>(writer, sql) : direct<Row>(reader, sql),
    ...amongJson,
    async close() {
      if (reader !== writer) await reader.db.destroy();
      await writer.db.destroy();
    },
  };
}

type Read<Row> = (parameters: readonly unknown[]) => Promise<Row[]>;

/** A connection that only reads sees what is committed, so it need not wait its turn. */
function direct<Row>({ prepare }: Connection, sql: string): Read<Row> {
  const statement = prepare(sql) as unknown as Statement<unknown[], Row>;
  return (parameters) => Promise.resolve(statement.all(...parameters));
}

/** On the one connection of a database in memory, a read waits until no transaction is open. */
const queued =
  <Row>({ db }: Connection, sql: string): Read<Row> =>
  async (parameters) =>
    (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))).rows;
