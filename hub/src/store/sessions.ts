import type { AccountId, Language, SessionId } from "@fyr/protocol";
import type { SessionFactor } from "../accounts/account.ts";
import type { ReadSession, SessionStore } from "../accounts/store.ts";
import { fromSession, toSession } from "./account-row.ts";
import type { Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

export const sessionStore = ({ global }: Access): SessionStore => {
  const by = (column: "id" | "account_id", value: string) =>
    global.selectFrom("sessions").selectAll().where(column, "=", value);
  const one = async (query: ReturnType<typeof by>) => {
    const row = await query.executeTakeFirst();
    return row ? toSession(row) : null;
  };
  return {
    async insert(session) {
      await global.insertInto("sessions").values(fromSession(session)).execute();
    },
    find: (id) => one(by("id", id)),
    of: async (id) => (await by("account_id", id).orderBy("id").execute()).map(toSession),
    async renew({ id, tokenHash, factor, factorAt, until }) {
      const { numUpdatedRows } = await global
        .updateTable("sessions")
        .set({ token_hash: tokenHash, factor, factor_at: factorAt, until })
        .where("id", "=", id)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async seen(id, at) {
      await global.updateTable("sessions").set({ seen_at: at }).where("id", "=", id).execute();
    },
    async end(accountId, id) {
      const { numDeletedRows } = await global
        .deleteFrom("sessions")
        .where("account_id", "=", accountId)
        .where("id", "=", id)
        .executeTakeFirst();
      return numDeletedRows === 1n;
    },
    async endAll(accountId, except) {
      let query = global.deleteFrom("sessions").where("account_id", "=", accountId);
      if (except !== undefined) query = query.where("id", "!=", except);
      return Number((await query.executeTakeFirst()).numDeletedRows);
    },
    async sweep({ seenBefore, now }) {
      await global
        .deleteFrom("sessions")
        .where(({ or, eb }) => or([eb("seen_at", "<", seenBefore), eb("until", "<=", now)]))
        .execute();
    },
  };
};

type SessionRow = Pick<Row<"sessions">, "id" | "account_id" | "factor" | "factor_at" | "seen_at" | "until"> &
  Pick<Row<"accounts">, "language">;

/** One query over two unique keys, compiled once: it is asked for every request. */
export function readSession(database: Database): ReadSession {
  const query = database.reader
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .select(["sessions.id", "account_id", "factor", "factor_at", "seen_at", "until", "language"])
    .where("token_hash", "=", "")
    // Whatever session a suspended account had or gets: none counts.
    .where("accounts.suspended_at", "is", null)
    .compile();
  const read = database.prepared<SessionRow>(query);
  return async (tokenHash) => {
    const [row] = await read([tokenHash]);
    if (!row) return null;
    return {
      id: row.id as SessionId,
      accountId: row.account_id as AccountId,
      factor: row.factor as SessionFactor,
      factorAt: row.factor_at,
      seenAt: row.seen_at,
      until: row.until,
      language: row.language as Language,
    };
  };
}
