import type { ThrottleStore } from "../accounts/store.ts";
import { NO_TALLY, type Tally } from "../accounts/throttle.ts";
import { locked, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const fromTally = ({ failures, refusals, triedAt, cleanAt }: Tally): Omit<Row<"throttle">, "key"> => ({
  failures,
  refusals,
  tried_at: triedAt,
  clean_at: cleanAt,
});

const toTally = (row: Row<"throttle">): Tally => ({
  failures: row.failures,
  refusals: row.refusals,
  triedAt: row.tried_at,
  cleanAt: row.clean_at,
});

export function throttleStore(database: Database, { global }: Access): ThrottleStore {
  return {
    async take(keys) {
      const sorted = [...keys].sort();
      // A row that does not exist cannot be kept: whoever comes second has to find one.
      const blanks = sorted.map((key) => ({ key, ...fromTally(NO_TALLY) }));
      if (database.kind === "postgres") {
        const insert = global.insertInto("throttle").values(blanks);
        await insert.onConflict((conflict) => conflict.doNothing()).execute();
      }
      const query = global.selectFrom("throttle").selectAll().where("key", "in", sorted).orderBy("key");
      const rows = await locked(database, query).execute();
      return new Map(rows.map((row) => [row.key, toTally(row)]));
    },
    async save(key, tally) {
      const values = fromTally(tally);
      await global
        .insertInto("throttle")
        .values({ key, ...values })
        .onConflict((conflict) => conflict.column("key").doUpdateSet(values))
        .execute();
    },
    async drop(keys) {
      await global
        .deleteFrom("throttle")
        .where("key", "in", [...keys])
        .execute();
    },
    async sweep(kind, before) {
      await global
        .deleteFrom("throttle")
        .where("key", ">=", `${kind}:`)
        .where("key", "<", `${kind};`)
        .where("tried_at", "<", before)
        .where("clean_at", "<", before)
        .execute();
    },
  };
}
