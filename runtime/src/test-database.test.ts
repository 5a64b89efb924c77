import pg from "pg";
import { expect, test } from "vitest";
import { postgresRuns, testDatabase } from "./test-database.ts";

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query(sql).then(
    ({ rows }) => client.end().then(() => rows as unknown[]),
    async (error: unknown) => {
      await client.end();
      throw error;
    },
  );
}

test.skipIf(!(await postgresRuns()))("each test database is empty and stands alone", async () => {
  const [mine, theirs] = await Promise.all([testDatabase(), testDatabase()]);
  await ask(mine.url, "create table device (serial text)");
  await expect(ask(theirs.url, "select serial from device")).rejects.toThrow("does not exist");
  expect(await ask(mine.url, "select count(*)::int as devices from device")).toEqual([{ devices: 0 }]);
  await Promise.all([mine.drop(), theirs.drop()]);
  await expect(ask(mine.url, "select 1")).rejects.toThrow("does not exist");
});
