import type { OrgId } from "@fyr/protocol";
import type { KeyRecord, KeyStore } from "../licences/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const INSERT = bulkInsert("licence_keys");

const toRow = (key: KeyRecord): Row<"licence_keys"> => ({
  ...{ hash: key.hash, hint: key.hint, kind: key.kind, product: key.product, batch: key.batch },
  items: JSON.stringify(key.items),
  issued_at: key.issuedAt,
  redeemed_org: key.redeemed?.orgId ?? null,
  redeemed_by: key.redeemed?.actor ?? null,
  redeemed_at: key.redeemed?.at ?? null,
  voided_at: key.voidedAt,
  void_reason: null,
});

const toKey = (row: Row<"licence_keys">): KeyRecord => ({
  ...{ hash: row.hash, hint: row.hint, product: row.product, batch: row.batch },
  kind: row.kind as KeyRecord["kind"],
  items: JSON.parse(row.items) as KeyRecord["items"],
  issuedAt: row.issued_at,
  redeemed:
    row.redeemed_org === null
      ? null
      : { orgId: row.redeemed_org as OrgId, actor: row.redeemed_by ?? "", at: row.redeemed_at ?? 0 },
  voidedAt: row.voided_at,
});

export const keyStore = (database: Database, { global, acrossOrgs }: Access): KeyStore => ({
  async insertKeys(keys) {
    await database.bulk(acrossOrgs, INSERT, cells(INSERT, keys.map(toRow)));
  },
  async lockKey(hash) {
    const query = global.selectFrom("licence_keys").selectAll().where("hash", "=", hash);
    const [row] = await locked(database, query).execute();
    return row ? toKey(row) : null;
  },
  async redeemKey(hash, { orgId, actor, at }) {
    await global
      .updateTable("licence_keys")
      .set({ redeemed_org: orgId, redeemed_by: actor, redeemed_at: at })
      .where("hash", "=", hash)
      .execute();
  },
  async voidKey(hash, at, reason) {
    const change = { voided_at: at, void_reason: reason };
    await global.updateTable("licence_keys").set(change).where("hash", "=", hash).execute();
  },
  async batchKeys(batch) {
    const query = global.selectFrom("licence_keys").selectAll().where("batch", "=", batch).orderBy("hash");
    return (await query.execute()).map(toKey);
  },
  async failedTries(actor, since) {
    const { tries } = await global
      .selectFrom("licence_tries")
      .select(({ fn }) => fn.countAll<number>().as("tries"))
      .where("actor", "=", actor)
      .where("at", ">", since)
      .executeTakeFirstOrThrow();
    return tries;
  },
  async failTry(id, actor, at) {
    await global.insertInto("licence_tries").values({ id, actor, at }).execute();
  },
});
