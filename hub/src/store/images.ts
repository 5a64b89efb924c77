import type { ImageStore } from "../upgrades/store.ts";
import type { Database } from "./database.ts";
import type { Access } from "./tables.ts";

export const imageStore = (database: Database, { global }: Access): ImageStore => ({
  async noteImport(digest, at) {
    const { numInsertedOrUpdatedRows } = await global
      .insertInto("images")
      .values({ digest, imported_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows !== undefined && numInsertedOrUpdatedRows > 0n;
  },
  async importedAt(digests) {
    const query = global
      .selectFrom("images")
      .selectAll()
      .where(({ ref }) => database.among(ref("digest"), digests));
    return new Map((await query.execute()).map(({ digest, imported_at }) => [digest, imported_at]));
  },
});
