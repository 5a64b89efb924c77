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
  /** `column in (values)`, one statement however many values. */
  among(column: Expression<string>, values: readonly string[]): Expression<SqlBool>;
  /** `(first, second) in (pairs)`: finds rows by their whole key, however many organisations are among them. */
  amongKeys(
    columns: readonly [Expression<string>, Expression<string>],
    keys: readonly Key[],
  ): Expression<SqlBool>;
  close(): Promise<void>;
}

/** An organisation, and what is wanted in it. */
export type Key = readonly [orgId: string, id: string];

type Among = Pick<Database, "among" | "amongKeys">;

/** SQLite takes lists as JSON. */
export const amongJson: Among = {
  among: (column, values) => sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
  amongKeys: ([first, second], keys) =>
    sql`(${first}, ${second}) in (select value ->> 0, value ->> 1 from json_each(${JSON.stringify(keys)}))`,
};

/** PostgreSQL takes lists as arrays. */
export const amongArrays: Among = {
  among: (column, values) => sql`${column} = any(${values}::text[])`,
  amongKeys([first, second], keys) {
    const [orgs, ids] = [keys.map(([orgId]) => orgId), keys.map(([, id]) => id)];
    return sql`(${first}, ${second}) in (select * from unnest(${orgs}::text[], ${ids}::text[]))`;
  },
};

/**
 * Tasks that have not ended, which is what the index over agents holds. A database uses such an index only for a
 * query that says so in these words.
 */
export const notEnded = sql<SqlBool>`ended_at is null`;

type Lockable = { forUpdate(): unknown };

/** Keeps the rows for this transaction. On SQLite the one writer keeps everything anyway. */
export const locked = <Query extends Lockable>({ kind }: Database, query: Query): Query =>
  kind === "postgres" ? (query.forUpdate() as Query) : query;

/** As `locked`, passing over rows that another process keeps. */
export const lockedFree = <Query extends { forUpdate(): { skipLocked(): unknown } }>(
  { kind }: Database,
  query: Query,
): Query => (kind === "postgres" ? (query.forUpdate().skipLocked() as Query) : query);
