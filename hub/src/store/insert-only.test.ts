import { silentLog } from "@fyr/runtime";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { testDatabases } from "../testing/databases.ts";
import { newOrg } from "../testing/records.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

const TABLES = ["licence_txs", "licence_entries", "licence_commands"];

describe.each(await testDatabases())("on $name", ({ name, open, runs }) => {
  test.skipIf(!runs)("the ledger's records can be written and neither changed nor removed", async () => {
    const opened = await open();
    const orgId = newOrg();
    const draft = {
      id: "t",
      type: "tx.reverse",
      effectiveOn: "2026-03-02",
      recordedAt: 1,
      actor: "a",
    } as const;
    const entry = { account: "issuer", commodity: "VMS/CORE/subscription", ticks: 0 };
    await opened.store.write(async ({ licences }) => {
      const book = await licences.book(orgId, "2026-01-01" as never);
      await licences.post(book, book, [
        { ...draft, effectiveOn: "2026-03-02" as never, entries: [entry], facts: {} },
      ]);
      await licences.remember(orgId, "k", { fingerprint: "f", answer: 1, at: 1 });
    });
    const database =
      name === "SQLite"
        ? openSqlite(opened.url.slice("sqlite:".length))
        : openPostgres(opened.url, silentLog);
    for (const table of TABLES) {
      const run = (text: string) => sql.raw(text).execute(database.writer);
      await expect(run(`update ${table} set org_id = 'x'`), table).rejects.toThrow("insert-only");
      await expect(run(`delete from ${table}`), table).rejects.toThrow("insert-only");
      if (name === "PostgreSQL") await expect(run(`truncate ${table}`), table).rejects.toThrow("insert-only");
    }
    await database.close();
    expect(await opened.store.read.licences.journal(orgId, { limit: 5 })).toHaveLength(1);
    await opened.drop();
  });
});
