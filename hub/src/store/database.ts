import { sql, type CompiledQuery, type Expression, type Kysely, type SqlBool } from "kysely";
import type { BulkStatement, Cell } from "./bulk.ts";
import type { Tables } from "./schema.ts";

/** What the two databases do differently, and nothing else: the queries are written once. */
export interface Database {
  readonly kind: "sqlite" | "postgres";
  /** The one writer on SQLite; a pool on PostgreSQL. */
  readonly writer: Kysely<Tables>;
  /** On SQLite a connection of its own, so that no read waits for a transaction. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs a statement once for each row, inside the transaction of `db`, in one round trip where the database is
   * remote.
   *
   * @returns rows changed
   */
  bulk(db: Kysely<Tables>, statement: BulkStatement, rows: readonly (readonly Cell[])[]): Promise<number>;
  /** Reads with a statement that was compiled once: the hot routes (performance.md 7.4). */
  prepared<Row>(query: CompiledQuery<Row>): (parameters: readonly unknown[]) => Promise<Row[]>;
  /** `column in (values)` as one statement, however many values. */
  among<T extends string | number>(column: Expression<T>, values: readonly string[]): Expression<SqlBool>;
  close(): Promise<void>;
}

/** SQLite takes lists as JSON. */
export const amongJson = (column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> =>
  sql<SqlBool>`${column} in (select value from json_each(${JSON.stringify(values)}))`;

/** PostgreSQL takes lists as arrays. */
export const amongArray = (column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> =>
  sql<SqlBool>`${column} = any(${values}::text[])`;

type Lockable = { forUpdate(): unknown };

/** Keeps the rows for this transaction. On SQLite the one writer keeps everything anyway. */
export const locked = <Query extends Lockable>({ kind }: Database, query: Query): Query =>
  kind === "postgres" ? (query.forUpdate() as Query) : query;

/** As `locked`, passing over rows that another process keeps. */
export const lockedFree = <Query extends { forUpdate(): { skipLocked(): unknown } }>(
  { kind }: Database,
  query: Query,
): Query => (kind === "postgres" ? (query.forUpdate().skipLocked() as Query) : query);
