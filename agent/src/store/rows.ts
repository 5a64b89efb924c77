import { createHash } from "node:crypto";
import { Fault } from "@fyr/protocol";

export type Cell = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, Cell>>;

/** The tables and what each is found by. `sum` is last everywhere. */
export const TABLES = {
  job: {
    key: ["job_id"],
    cells: ["job_id", "task_id", "epoch", "serial", "past_armed", "owes", "accepted_at", "closed_at", "body"],
  },
  step_run: { key: ["run_key"], cells: ["run_key", "job_id", "serial", "open_transfer", "body"] },
  event: { key: ["job_id", "seq"], cells: ["job_id", "seq", "body"] },
  command: { key: ["command_id"], cells: ["command_id", "pending", "at", "body"] },
  state: { key: ["key"], cells: ["key", "value"] },
} as const satisfies Record<string, { key: readonly string[]; cells: readonly string[] }>;

export type TableName = keyof typeof TABLES;

function framed(cell: string | number | null | undefined): string {
  if (cell === null || cell === undefined) return "-;";
  const text = String(cell);
  return `${typeof cell === "number" ? "n" : "s"}${Buffer.byteLength(text)};${text}`;
}

/** SHA-256 (hex) over the table's name and the row's cells, each with its kind and length. */
export function sumOf(table: TableName, row: Row): string {
  const hash = createHash("sha256");
  let text: string = table;
  for (const name of TABLES[table].cells) {
    const cell = row[name];
    if (cell instanceof Uint8Array) {
      hash.update(`${text}b${cell.length};`).update(cell);
      text = "";
    } else text += framed(cell);
  }
  return hash.update(text).digest("hex");
}

export const fits = (table: TableName, row: Row): boolean => row.sum === sumOf(table, row);

export const keyOf = (table: TableName, row: Row): string =>
  TABLES[table].key.map((name) => String(row[name])).join("/");

/** @throws Fault JOURNAL_CORRUPT */
export function proven(table: TableName, row: Row): Row {
  if (!fits(table, row)) throw new Fault("JOURNAL_CORRUPT", { table, row: keyOf(table, row) });
  return row;
}

/** A statement that writes a whole row, replacing the one with the same key. */
export const upsertSql = (table: TableName): string => {
  const names = [...TABLES[table].cells, "sum"];
  const key: readonly string[] = TABLES[table].key;
  const others = names.filter((name) => !key.includes(name));
  return `insert into ${table} (${names.join()}) values (${names.map((name) => `@${name}`).join()})
    on conflict (${key.join()}) do update set ${others.map((name) => `${name} = excluded.${name}`).join()}`;
};
