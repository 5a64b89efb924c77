import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLog } from "@fyr/runtime";
import { testDatabase } from "@fyr/runtime/testing";
import { describe, expect, test } from "vitest";
import { openAt, testDatabases } from "../testing/databases.ts";
import { migrate } from "./migrations/index.ts";
import { openPostgres } from "./postgres.ts";
import { COLUMNS, TENANT_TABLES } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

const KEPT_BY_KYSELY = ["kysely_migration", "kysely_migration_lock"];

async function emptyDatabase(name: string) {
  if (name === "PostgreSQL") {
    const { url, drop } = await testDatabase();
    return { url, database: openPostgres(url, silentLog), drop };
  }
  const folder = await mkdtemp(join(tmpdir(), "fyr-hub-"));
  const path = join(folder, "hub.db");
  return { url: `sqlite:${path}`, database: openSqlite(path), drop: () => rm(folder, { recursive: true }) };
}

/** Opens the store in a process of its own; resolves with its exit code. */
async function hubProcess(url: string): Promise<number> {
  const open = fileURLToPath(new URL("../testing/databases.ts", import.meta.url));
  const code = `const { openAt } = await import(${JSON.stringify(open)}); await (await openAt(${JSON.stringify(url)})).close();`;
  const flags = ["--conditions=source", "--import", "tsx", "--input-type=module"];
  const child = spawn(process.execPath, [...flags, "--eval", code], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [exit] = (await once(child, "exit")) as [number];
  return exit;
}

describe.each(await testDatabases())("on $name", ({ name, runs }) => {
  test.skipIf(!runs)("the tables are those that the code believes in", async () => {
    const { database, drop } = await emptyDatabase(name);
    await migrate(database.writer, database.kind);
    const tables = (await database.writer.introspection.getTables()).filter(
      ({ name }) => !KEPT_BY_KYSELY.includes(name),
    );
    const found = Object.fromEntries(
      tables.map((table) => [
        table.name,
        Object.fromEntries(
          table.columns.map(({ name, dataType, isNullable }) => [
            name,
            `${/int/i.test(dataType) ? "int" : "text"}${isNullable ? "?" : ""}`,
          ]),
        ),
      ]),
    );
    expect(found).toEqual(COLUMNS);
    await database.close();
    await drop();
  });

  test.skipIf(!runs)("hubs that start at once on an empty database make its schema once", async () => {
    const { url, database, drop } = await emptyDatabase(name);
    await database.close();
    expect(await Promise.all([hubProcess(url), hubProcess(url), hubProcess(url)])).toEqual([0, 0, 0]);
    const store = await openAt(url);
    expect(await store.read.organisations.page({ limit: 1 })).toEqual([]);
    await store.close();
    await drop();
  });
});

test("every tenant table has its organisation first in its key", async () => {
  const database = openSqlite(":memory:");
  await migrate(database.writer, database.kind);
  for (const table of Object.keys(TENANT_TABLES)) {
    const query = database.prepared<{ name: string; pk: number }>({
      sql: `select name, pk from pragma_table_info('${table}') where pk = 1`,
    } as never);
    expect(
      (await query([])).map(({ name }) => name),
      table,
    ).toEqual(["org_id"]);
  }
  await database.close();
});

test("SQLite keeps what was acknowledged through a power cut", async () => {
  const { database, drop } = await emptyDatabase("SQLite");
  const ask = async (sql: string) =>
    (await database.prepared<Record<string, unknown>>({ sql } as never)([]))[0];
  expect(await ask("pragma journal_mode")).toEqual({ journal_mode: "wal" });
  const { rows } = await database.writer.executeQuery<{ synchronous: number }>({
    sql: "pragma synchronous",
    parameters: [],
  } as never);
  expect(rows).toEqual([{ synchronous: 2 }]);
  await database.close();
  await drop();
});
