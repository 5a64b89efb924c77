import type { LicenceGuide } from "@fyr/protocol";
import type { GuideStore } from "../licences/store.ts";
import type { Access } from "./tables.ts";

export const guideStore = ({ global }: Pick<Access, "global">): GuideStore => ({
  async guide() {
    const query = global.selectFrom("licence_guides").selectAll().orderBy("version", "desc").limit(1);
    const row = await query.executeTakeFirst();
    if (!row) return null;
    return {
      ...{ version: row.version, suppliedAt: row.supplied_at },
      guide: JSON.parse(row.document) as LicenceGuide,
    };
  },
  async insertGuide({ version, suppliedAt, guide }, actor) {
    const { numInsertedOrUpdatedRows } = await global
      .insertInto("licence_guides")
      .values({ version, document: JSON.stringify(guide), supplied_by: actor, supplied_at: suppliedAt ?? 0 })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  },
});
