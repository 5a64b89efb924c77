import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@fyr/runtime";
import { postgresRuns, testDatabase } from "@fyr/runtime/testing";
import { openStore, type HubStore } from "../store/store.ts";

/** A store of its own for one test. */
export interface OpenedStore {
  readonly store: HubStore;
  /** Where it is; another store may be opened there too. */
  readonly url: string;
  /** Closes the store and removes what it kept. */
  drop(): Promise<void>;
}

export type OpenTestStore = () => Promise<OpenedStore>;

export const openAt = (url: string): Promise<HubStore> =>
  openStore(url, { log: silentLog, turn: () => Promise.resolve() });

async function sqlite(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "fyr-hub-"));
  const url = `sqlite:${join(folder, "hub.db")}`;
  const store = await openAt(url);
  return { store, url, drop: () => store.close().then(() => rm(folder, { recursive: true })) };
}

async function postgres(): Promise<OpenedStore> {
  const { url, drop } = await testDatabase();
  const store = await openAt(url);
  return { store, url, drop: () => store.close().then(drop) };
}

/** Every database that the product runs on and this machine has. */
export const testDatabases = async (): Promise<{ name: string; open: OpenTestStore; runs: boolean }[]> => [
  { name: "SQLite", open: sqlite, runs: true },
  { name: "PostgreSQL", open: postgres, runs: await postgresRuns() },
];
