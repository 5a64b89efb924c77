import { COLUMNS, type Tables } from "./schema.ts";

export type Cell = string | number | null;

/** One statement for many rows, in the form that each database runs fastest. */
export interface BulkStatement {
  /** Order of the cells of a row. */
  readonly columns: readonly string[];
  /** Run once per row, prepared: a call costs SQLite less than building text for many rows. */
  readonly sqlite: string;
  /** Run once for all rows, one array per column. */
  readonly postgres: string;
}

type Column<Table extends keyof Tables> = keyof Tables[Table] & string;

const quoted = (names: readonly string[], from = ""): string =>
  names.map((name) => `${from}"${name}"`).join(", ");

const arrays = (table: keyof Tables, columns: readonly string[]): string => {
  const kinds = COLUMNS[table] as Readonly<Record<string, string>>;
  return columns
    .map((column, at) => `$${at + 1}::${kinds[column]?.startsWith("int") ? "bigint" : "text"}[]`)
    .join(", ");
};

/** @param onConflict what follows `on conflict`, in SQL that both databases read; none: a conflict is an error */
export function bulkInsert<Table extends keyof Tables>(table: Table, onConflict?: string): BulkStatement {
  const columns = Object.keys(COLUMNS[table]);
  const head = `insert into "${table}" (${quoted(columns)})`;
  const tail = onConflict === undefined ? "" : ` on conflict ${onConflict}`;
  return {
    columns,
    sqlite: `${head} values (${columns.map(() => "?").join(", ")})${tail}`,
    postgres: `${head} select * from unnest(${arrays(table, columns)})${tail}`,
  };
}

/** As a key: the row must still be at the version that it was read at, and goes to the next. */
export const VERSION = "version";

/** Updates rows by key; rows that are not there, or not at their version any more, are not counted. */
export function bulkUpdate<Table extends keyof Tables>(
  table: Table,
  keys: readonly Column<Table>[],
  changed: readonly Column<Table>[],
): BulkStatement {
  const columns: string[] = [...changed, ...keys];
  const next = (keys as readonly string[]).includes(VERSION)
    ? [`"${VERSION}" = "${table}"."${VERSION}" + 1`]
    : [];
  const set = (value: (name: string) => string) =>
    [...changed.map((name) => `"${name}" = ${value(name)}`), ...next].join(", ");
  const where = (value: (name: string) => string) =>
    keys.map((name) => `"${table}"."${name}" = ${value(name)}`).join(" and ");
  const given = (name: string) => `given."${name}"`;
  return {
    columns,
    sqlite: `update "${table}" set ${set(() => "?")} where ${where(() => "?")}`,
    postgres:
      `update "${table}" set ${set(given)} from unnest(${arrays(table, columns)}) ` +
      `as given(${quoted(columns)}) where ${where(given)}`,
  };
}

/** The cells of `rows` as `statement` takes them. */
export const cells = <R extends object>(statement: BulkStatement, rows: readonly R[]): Cell[][] =>
  rows.map((row) => statement.columns.map((column) => (row as Record<string, Cell>)[column] ?? null));
