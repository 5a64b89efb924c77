import { createHash } from "node:crypto";
import { Fault, type AuditEntry, type OrgId } from "@fyr/protocol";
import type { Database } from "../store/database.ts";
import { COLUMNS, type Tables } from "../store/schema.ts";
import { hubStore, type HubStore, type Stores } from "../store/store.ts";

/** How a transaction comes to nothing at the last moment. */
type Plant = "its audit entry cannot be written" | "it cannot be committed";
const PLANTS: readonly Plant[] = ["its audit entry cannot be written", "it cannot be committed"];

/** A store of which a test sees every table, and whose writes it can make fail. */
export interface WatchedStore {
  readonly store: HubStore;
  /** Makes every write fail in this way until told otherwise. Gives the number of those that did since. */
  plant(plant: Plant | null): () => number;
  /** What each table holds, as a hash. */
  tables(): Promise<ReadonlyMap<keyof Tables, string>>;
}

/** @param database migrated */
export function watchedStore(database: Database): WatchedStore {
  const store = hubStore(database, () => Promise.resolve());
  let planted: Plant | null = null;
  let failures = 0;
  const fail = (): never => {
    failures++;
    throw new Fault("STORE_FAILED", { reason: planted ?? "" });
  };
  const spoilt =
    <T>(work: (stores: Stores) => Promise<T>) =>
    async (stores: Stores): Promise<T> => {
      if (planted === "its audit entry cannot be written")
        return work({ ...stores, audit: { ...stores.audit, append: async () => fail() } });
      const done = await work(stores);
      return planted ? fail() : done;
    };
  return {
    store: { ...store, write: (work) => store.write(planted ? spoilt(work) : work) },
    plant(plant) {
      [planted, failures] = [plant, 0];
      return () => failures;
    },
    async tables() {
      const found = new Map<keyof Tables, string>();
      for (const table of Object.keys(COLUMNS) as (keyof Tables)[])
        found.set(table, await hashOf(database, table));
      return found;
    },
  };
}

async function hashOf({ reader }: Database, table: keyof Tables): Promise<string> {
  const rows = await reader.selectFrom(table).selectAll().execute();
  const texts = rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
  return createHash("sha256").update(texts.join("\n")).digest("hex");
}

/** What a change left behind. */
export interface LeftEntry<Answer> {
  readonly answer: Answer;
  readonly orgId: OrgId;
  readonly entry: AuditEntry;
}

/**
 * Holds a change to what every change on the hub has to keep: it leaves exactly one entry in exactly one
 * organisation's chain, and it happens with that entry or not at all. The change is tried twice with a failure that is
 * planted, after which nothing may have happened, and then for real.
 *
 * @param change the same each time; a call of a service or a request, which may answer or throw as it likes
 * @param besides tables that a request may write to whatever becomes of it, such as when a session was last seen
 * @throws Error saying what was not kept
 */
export async function leavesOneEntry<Answer>(
  watched: WatchedStore,
  change: () => Promise<Answer>,
  besides: readonly (keyof Tables)[] = [],
): Promise<LeftEntry<Answer>> {
  for (const plant of PLANTS) await holdsTogether(watched, change, plant, besides);
  const { audit } = watched.store.read;
  const before = new Map((await audit.ends()).map(({ orgId, last }) => [orgId, last]));
  const answer = await change();
  const grown = (await audit.ends()).flatMap(({ orgId, last }) => {
    const more = last - (before.get(orgId) ?? 0);
    return more === 0 ? [] : [{ orgId, last, more }];
  });
  const [only, ...others] = grown;
  if (!only || others.length > 0 || only.more !== 1)
    throw new Error(
      `expected one new audit entry, found ${grown.map(({ more }) => more).join(" and ") || "none"}`,
    );
  const { orgId, last } = only;
  const wish = { after: String(last - 1), limit: 1 };
  const [entry] = await audit.page(orgId, wish, "everybody");
  if (!entry) throw new Error(`entry ${last} of ${orgId} is not there`);
  return { answer, orgId, entry };
}

async function holdsTogether(
  { plant: planting, tables }: WatchedStore,
  change: () => Promise<unknown>,
  plant: Plant,
  besides: readonly (keyof Tables)[],
): Promise<void> {
  const before = await tables();
  const failed = planting(plant);
  await change().catch(() => undefined);
  const failures = failed();
  planting(null);
  if (failures === 0) throw new Error("no audit entry was written in a transaction of the change");
  const after = await tables();
  const changed = [...after].filter(
    ([table, hash]) => before.get(table) !== hash && !besides.includes(table),
  );
  if (changed.length > 0)
    throw new Error(
      `when ${plant}, there is a change all the same: ${changed.map(([table]) => table).join(", ")}`,
    );
}
