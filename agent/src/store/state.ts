import type { StateStore } from "../ports.ts";
import type { Guard } from "./guard.ts";
import type { Session } from "./session.ts";
import { proven, sumOf, upsertSql } from "./rows.ts";

/** The first text after all that begin with `prefix`. */
const after = (prefix: string): string => `${prefix}\u{10ffff}`;

const PUT = upsertSql("state");

/** Small durable facts in the journal's file, so that one disk and one checksum rule serve both. */
export function stateStore(guard: Guard): StateStore {
  /** What one connection found: the key of a device is asked for with each request. A connection given up takes it along. */
  const found = new WeakMap<Session, Map<string, Uint8Array | null>>();
  let known = new Map<string, Uint8Array | null>();

  function read(session: Session, key: string): Uint8Array | null {
    const row = session.get("select * from state where key = ?", key);
    return row ? new Uint8Array(proven("state", row).value as Uint8Array) : null;
  }

  return {
    get: (key) =>
      guard.read((session) => {
        known = found.get(session) ?? new Map<string, Uint8Array | null>();
        found.set(session, known);
        const before = known.get(key);
        const value = before === undefined ? read(session, key) : before;
        if (before === undefined) known.set(key, value);
        return value && value.slice();
      }),
    put(key, bytes) {
      known.delete(key);
      const row = { key, value: Buffer.from(bytes) };
      guard.write((session) => void session.run(PUT, { ...row, sum: sumOf("state", row) }));
    },
    remove(key) {
      known.delete(key);
      guard.write((session) => void session.run("delete from state where key = ?", key));
    },
    keys: (prefix) =>
      guard
        .read((session) =>
          session.all("select key from state where key >= ? and key < ? order by key", prefix, after(prefix)),
        )
        .map(({ key }) => String(key)),
  };
}
