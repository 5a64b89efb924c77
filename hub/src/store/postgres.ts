import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Logger } from "@fyr/runtime";
import type { Cell } from "./bulk.ts";
import { amongArrays, type Database } from "./database.ts";
import type { Tables } from "./schema.ts";

/** PostgreSQL's type numbers of bigint (our integers) and numeric (their sums). */
const INT8 = 20;
const NUMERIC = 1700;

const CONNECTIONS = 10;
const CONNECT_MS = 5_000;

/** Our integers stay below 2^53, so they are read as numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
    if (oid === INT8 || oid === NUMERIC) return Number;
    return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
  },
};

const columnsOf = (rows: readonly (readonly Cell[])[], width: number): Cell[][] =>
  Array.from({ length: width }, (_, at) => rows.map((row) => row[at] ?? null));

/**
 * @param log hears of connections that broke while idle; the pool makes new ones
 * @param readOnly the database itself refuses every change
 */
export function openPostgres(url: string, log: Logger, readOnly = false): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    types,
    ...(readOnly && { options: "-c default_transaction_read_only=on" }),
  });
  // Without a listener, a restart of the database would end this process.
  pool.on("error", (error) => log.warn({ error }, "database connection lost"));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let prepared = 0;
  return {
    kind: "postgres",
    writer: db,
    reader: db,
    async bulk(transaction, { postgres, columns }, rows) {
      if (rows.length === 0) return 0;
      const query = CompiledQuery.raw(postgres, columnsOf(rows, columns.length));
      return Number((await transaction.executeQuery(query)).numAffectedRows ?? 0);
    },
    prepared<Row>({ sql }: { sql: string }) {
      const name = `hot_${++prepared}`;
      return async (parameters) =>
        (await pool.query<Row & pg.QueryResultRow>({ name, text: sql, values: [...parameters] })).rows;
    },
    ...amongArrays,
    close: () => db.destroy(),
  };
}
