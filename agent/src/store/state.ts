import type { StateStore } from "../ports.ts";
import type { Guard } from "./guard.ts";
import { proven, sumOf, upsertSql } from "./rows.ts";

/** The first text after all that begin with `prefix`. */
const after = (prefix: string): string => `${prefix}\u{10ffff}`;

const PUT = upsertSql("state");

/** Small durable facts in the journal's file, so that one disk and one checksum rule serve both. */
export function stateStore(guard: Guard): StateStore {
  return {
    get(key) {
      const row = guard.read((session) => session.get("select * from state where key = ?", key));
      return row ? new Uint8Array(proven("state", row).value as Uint8Array) : null;
    },
    put(key, bytes) {
      const row = { key, value: Buffer.from(bytes) };
      guard.write((session) => void session.run(PUT, { ...row, sum: sumOf("state", row) }));
    },
    remove: (key) => guard.write((session) => void session.run("delete from state where key = ?", key)),
    keys: (prefix) =>
      guard
        .read((session) =>
          session.all("select key from state where key >= ? and key < ? order by key", prefix, after(prefix)),
        )
        .map(({ key }) => String(key)),
  };
}
