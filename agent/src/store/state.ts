import type { StateStore } from "../ports.ts";
import type { Connection } from "./disk.ts";
import type { Guard } from "./guard.ts";
import { proven, sumOf, upsertSql, type Row } from "./rows.ts";

const range = "key >= ? and key < ?";

/** The first text after all that begin with `prefix`. */
const after = (prefix: string): string => `${prefix}\u{10ffff}`;

/** Small durable facts in the journal's file, so that one disk and one checksum rule serve both. */
export function stateStore(guard: Guard): StateStore {
  const put = (connection: Connection, key: string, value: Uint8Array) => {
    const row = { key, value: Buffer.from(value) };
    connection.prepare(upsertSql("state")).run({ ...row, sum: sumOf("state", row) });
  };
  return {
    get(key) {
      const row = guard.read((connection) =>
        connection.prepare<[string], Row>("select * from state where key = ?").get(key),
      );
      return row ? new Uint8Array(proven("state", row).value as Uint8Array) : null;
    },
    put: (key, value) => guard.write((connection) => put(connection, key, value)),
    remove: (key) =>
      guard.write((connection) => void connection.prepare("delete from state where key = ?").run(key)),
    keys: (prefix) =>
      guard.read((connection) =>
        connection
          .prepare<[string, string], string>(`select key from state where ${range} order by key`)
          .pluck()
          .all(prefix, after(prefix)),
      ),
  };
}
