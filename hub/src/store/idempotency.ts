import type { IdempotencyStore } from "../upgrades/store.ts";
import type { Access } from "./tables.ts";

export const idempotencyStore = ({ acrossOrgs, within }: Access): IdempotencyStore => ({
  async take(orgId, key, bodyHash, { now, since }) {
    const old = acrossOrgs.deleteFrom("idempotency").where("org_id", "=", orgId).where("key", "=", key);
    await old.where("created_at", "<", since).execute();
    const { numInsertedOrUpdatedRows } = await within(orgId)
      .insert("idempotency", { key, body_hash: bodyHash, answer: "", created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) return null;
    const row = await within(orgId)
      .from("idempotency")
      .selectAll()
      .where("key", "=", key)
      .executeTakeFirstOrThrow();
    return { bodyHash: row.body_hash, answer: row.answer };
  },
  async answer(orgId, key, answer) {
    await within(orgId).update("idempotency").set({ answer }).where("key", "=", key).execute();
  },
  async forget(before) {
    await acrossOrgs.deleteFrom("idempotency").where("created_at", "<", before).execute();
  },
});
