import BetterSqlite, { type Database as Connection } from "better-sqlite3";
import { migrate } from "../store/migrations/index.ts";
import { sqliteOver } from "../store/sqlite.ts";
import { hubStore, type HubStore } from "../store/store.ts";

async function makeBlank(): Promise<Buffer> {
  const connection = new BetterSqlite(":memory:");
  const database = sqliteOver(connection);
  await migrate(database.writer, "sqlite");
  const image = connection.serialize();
  await database.close();
  return image;
}

let blank: Promise<Buffer> | undefined;

/** A hub's database to which nothing was told yet. Made once in a process: the schema takes longer than a world. */
export const blankHubImage = (): Promise<Buffer> => (blank ??= makeBlank());

/** A hub's store over a connection to a database that began as `blankHubImage`; closing the store closes it. */
export const storeOver = (connection: Connection, turn = () => Promise.resolve()): HubStore =>
  hubStore(sqliteOver(connection), turn);

/** A store in memory of its own; the planted bugs load it by its path. @public */
export const freshStore = async (): Promise<HubStore> => {
  const connection = new BetterSqlite(":memory:");
  await migrate(sqliteOver(connection).writer, "sqlite");
  return storeOver(connection);
};
