import type { OrgId } from "@fyr/protocol";
import type { IdempotencyStore, KeySpace } from "../idempotency/store.ts";
import type { Access } from "./tables.ts";

/** An account's keys lie beside those of organisations: no id is both. */
const ownRows = (within: Access["within"], space: KeySpace) => within(space as OrgId);

export const idempotencyStore = ({ acrossOrgs, within }: Access): IdempotencyStore => ({
  async take(space, key, bodyHash, { now, since }) {
    const own = ownRows(within, space);
    const old = acrossOrgs.deleteFrom("idempotency").where("org_id", "=", space).where("key", "=", key);
    await old.where("created_at", "<", since).execute();
    const { numInsertedOrUpdatedRows } = await own
      .insert("idempotency", { key, body_hash: bodyHash, answer: "", created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 1n) return null;
    const row = await own.from("idempotency").selectAll().where("key", "=", key).executeTakeFirstOrThrow();
    return { bodyHash: row.body_hash, answer: row.answer };
  },
  async answer(space, key, answer) {
    await ownRows(within, space).update("idempotency").set({ answer }).where("key", "=", key).execute();
  },
  async forget(before) {
    await acrossOrgs.deleteFrom("idempotency").where("created_at", "<", before).execute();
  },
});
