import type { Language } from "@fyr/protocol";
import type { LetterKind } from "../mail/letter.ts";
import type { Mail, MailState, MailStore } from "../mail/store.ts";
import { lockedFree, type Database } from "./database.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const toMail = (row: Row<"mails">): Mail => ({
  id: row.id,
  to: row.to_address,
  kind: row.kind as LetterKind,
  language: row.language as Language,
  subject: row.subject,
  body: row.body,
  state: row.state as MailState,
  problem: row.problem,
  createdAt: row.created_at,
  tries: row.tries,
  nextAt: row.next_at,
  until: row.until,
  endedAt: row.ended_at,
});

const fromMail = ({ to, createdAt, nextAt, endedAt, ...same }: Mail): Row<"mails"> => ({
  ...same,
  to_address: to,
  created_at: createdAt,
  next_at: nextAt,
  ended_at: endedAt,
});

export function mailStore(database: Database, { global }: Access): MailStore {
  const all = () => global.selectFrom("mails").selectAll();
  return {
    async insert(mail) {
      await global.insertInto("mails").values(fromMail(mail)).execute();
    },
    async find(id) {
      const row = await all().where("id", "=", id).executeTakeFirst();
      return row ? toMail(row) : null;
    },
    async page({ to }, { after, limit }) {
      let query = all()
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (to !== undefined) query = query.where("to_address", "=", to);
      if (after !== undefined) query = query.where("id", "<", after);
      return (await query.execute()).map(toMail);
    },
    async hasDue(now) {
      const due = global.selectFrom("mails").select("id").where("state", "=", "waiting");
      return (await due.where("next_at", "<=", now).limit(1).executeTakeFirst()) !== undefined;
    },
    async takeDue(now, again, limit) {
      const due = all().where("state", "=", "waiting").where("next_at", "<=", now);
      const rows = await lockedFree(database, due.orderBy("id").limit(limit)).execute();
      if (rows.length === 0) return [];
      const ids = rows.map(({ id }) => id);
      await global.updateTable("mails").set({ next_at: again }).where("id", "in", ids).execute();
      return rows.map(toMail);
    },
    async tried(id, { state, problem, tries, nextAt, endedAt }) {
      const outcome = { state, problem, tries, next_at: nextAt, ended_at: endedAt };
      await global.updateTable("mails").set(outcome).where("id", "=", id).execute();
    },
    async clear(endedBefore) {
      await global
        .updateTable("mails")
        .set({ body: null })
        .where("ended_at", "<", endedBefore)
        .where("body", "is not", null)
        .execute();
    },
  };
}
