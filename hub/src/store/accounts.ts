import { sql, type SqlBool } from "kysely";
import type { AccountId, EmailAddress, SessionId } from "@fyr/protocol";
import type { MailCode, MailToken } from "../accounts/account.ts";
import type { AccountStore } from "../accounts/store.ts";
import { fromAccount, fromEdit, fromRegistration, toAccount, toRegistration } from "./account-row.ts";
import { locked, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toCode = (row: Row<"mail_codes">): MailCode => ({
  sessionId: row.session_id as SessionId,
  accountId: row.account_id as AccountId,
  hash: row.hash,
  until: row.until,
  triesLeft: row.tries_left,
});

const toToken = (row: Row<"mail_tokens">): MailToken => ({
  hash: row.hash,
  accountId: row.account_id as AccountId,
  purpose: row.purpose as MailToken["purpose"],
  email: row.email as EmailAddress | null,
  until: row.until,
});

/** Tables of what passes with time, the likeliest to hold something first. */
const PASSING = ["sessions", "throttle", "mails", "registrations", "mail_codes", "mail_tokens"] as const;

const isOne = (rows: bigint): boolean => rows === 1n;

export function accountStore(database: Database, access: Access): AccountStore {
  return { ...people(database, access), ...recovery(access), ...mailed(database, access) };
}

type People = Pick<
  AccountStore,
  "insert" | "find" | "take" | "byEmail" | "takeByEmail" | "page" | "edit" | "useStep" | "resetStep"
>;

function people(database: Database, { global }: Access): People {
  const by = (column: "id" | "email", value: string) =>
    global.selectFrom("accounts").selectAll().where(column, "=", value);
  const one = async (query: ReturnType<typeof by>) => {
    const row = await query.executeTakeFirst();
    return row ? toAccount(row) : null;
  };
  return {
    async insert(account) {
      const { numInsertedOrUpdatedRows = 0n } = await global
        .insertInto("accounts")
        .values(fromAccount(account))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return isOne(numInsertedOrUpdatedRows);
    },
    find: (id) => one(by("id", id)),
    take: (id) => one(locked(database, by("id", id))),
    byEmail: (email) => one(by("email", email)),
    takeByEmail: (email) => one(locked(database, by("email", email))),
    async page({ after, limit }) {
      const query = global
        .selectFrom("accounts")
        .selectAll()
        .orderBy("id")
        .limit(limit + 1);
      const rows = await (after === undefined ? query : query.where("id", ">", after)).execute();
      return rows.map(toAccount);
    },
    async edit(id, edit) {
      await global.updateTable("accounts").set(fromEdit(edit)).where("id", "=", id).execute();
    },
    async useStep(id, step) {
      const { numUpdatedRows } = await global
        .updateTable("accounts")
        .set({ factor_step: step })
        .where("id", "=", id)
        .where("factor_step", "<", step)
        .executeTakeFirst();
      return isOne(numUpdatedRows);
    },
    async resetStep(id, step) {
      await global.updateTable("accounts").set({ factor_step: step }).where("id", "=", id).execute();
    },
  };
}

type Recovery = Pick<AccountStore, "replaceRecoveryCodes" | "recoveryCodesLeft" | "useRecoveryCode">;

const recovery = ({ global }: Access): Recovery => ({
  async replaceRecoveryCodes(id, hashes) {
    await global.deleteFrom("recovery_codes").where("account_id", "=", id).execute();
    if (hashes.length === 0) return;
    const rows = hashes.map((hash) => ({ account_id: id, hash }));
    await global.insertInto("recovery_codes").values(rows).execute();
  },
  async recoveryCodesLeft(id) {
    const { left } = await global
      .selectFrom("recovery_codes")
      .select(({ fn }) => fn.countAll<number>().as("left"))
      .where("account_id", "=", id)
      .executeTakeFirstOrThrow();
    return left;
  },
  async useRecoveryCode(id, hash) {
    const { numDeletedRows } = await global
      .deleteFrom("recovery_codes")
      .where("account_id", "=", id)
      .where("hash", "=", hash)
      .executeTakeFirst();
    return isOne(numDeletedRows);
  },
});

function mailed(database: Database, { global }: Access): Omit<AccountStore, keyof People | keyof Recovery> {
  return {
    async insertRegistration(registration) {
      await global.insertInto("registrations").values(fromRegistration(registration)).execute();
    },
    async takeRegistration(tokenHash) {
      const query = global.selectFrom("registrations").selectAll().where("token_hash", "=", tokenHash);
      const row = await locked(database, query).executeTakeFirst();
      return row ? toRegistration(row) : null;
    },
    async registrationFailed(tokenHash) {
      await global
        .updateTable("registrations")
        .set(({ eb }) => ({ failures: eb("failures", "+", 1) }))
        .where("token_hash", "=", tokenHash)
        .execute();
    },
    async dropRegistrations(email) {
      await global.deleteFrom("registrations").where("email", "=", email).execute();
    },
    async putCode({ sessionId, accountId, hash, until, triesLeft }) {
      const fresh = { account_id: accountId, hash, until, tries_left: triesLeft };
      await global
        .insertInto("mail_codes")
        .values({ session_id: sessionId, ...fresh })
        .onConflict((conflict) => conflict.column("session_id").doUpdateSet(fresh))
        .execute();
    },
    async takeCode(sessionId) {
      const query = global.selectFrom("mail_codes").selectAll().where("session_id", "=", sessionId);
      const row = await locked(database, query).executeTakeFirst();
      return row ? toCode(row) : null;
    },
    async spendTry(sessionId) {
      const { numUpdatedRows } = await global
        .updateTable("mail_codes")
        .set(({ eb }) => ({ tries_left: eb("tries_left", "-", 1) }))
        .where("session_id", "=", sessionId)
        .where("tries_left", ">", 0)
        .executeTakeFirst();
      return isOne(numUpdatedRows);
    },
    async dropCode(sessionId) {
      await global.deleteFrom("mail_codes").where("session_id", "=", sessionId).execute();
    },
    async putToken({ hash, accountId, purpose, email, until }) {
      const old = global.deleteFrom("mail_tokens").where("account_id", "=", accountId);
      await old.where("purpose", "=", purpose).execute();
      await global
        .insertInto("mail_tokens")
        .values({ hash, account_id: accountId, purpose, email, until })
        .execute();
    },
    async useToken(hash, purpose, now) {
      const row = await global
        .deleteFrom("mail_tokens")
        .where("hash", "=", hash)
        .where("purpose", "=", purpose)
        .returningAll()
        .executeTakeFirst();
      return row && row.until > now ? toToken(row) : null;
    },
    async findToken(hash, purpose, now) {
      const row = await global
        .selectFrom("mail_tokens")
        .selectAll()
        .where("hash", "=", hash)
        .where("purpose", "=", purpose)
        .executeTakeFirst();
      return row && row.until > now ? toToken(row) : null;
    },
    async dropTokens(id) {
      await global.deleteFrom("mail_tokens").where("account_id", "=", id).execute();
    },
    async holdsPassing() {
      for (const table of PASSING) {
        if (
          await global
            .selectFrom(table)
            .select(sql`1`.as("one"))
            .limit(1)
            .executeTakeFirst()
        )
          return true;
      }
      return false;
    },
    async sweep(now) {
      const isOver = sql<SqlBool>`until <= ${now}`;
      for (const table of ["registrations", "mail_codes", "mail_tokens"] as const) {
        await global.deleteFrom(table).where(isOver).execute();
      }
    },
  };
}
