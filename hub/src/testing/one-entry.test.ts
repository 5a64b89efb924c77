import { afterEach, describe, expect, test } from "vitest";
import { migrate } from "../store/migrations/index.ts";
import type { Stores } from "../store/store.ts";
import { testDatabases, type OpenedStore } from "./databases.ts";
import { testHub } from "./hub.ts";
import { FOUNDER, FOUNDER_ACTOR } from "./members.ts";
import { leavesOneEntry, watchedStore, type WatchedStore } from "./one-entry.ts";
import { rawDatabase } from "./raw-database.ts";
import { newOrg, organisationRecord } from "./records.ts";

const change = (orgId = newOrg()) => ({ orgId, at: 1, actor: "operator", action: "thing.made", object: "o" });
const thing = ({ organisations }: Stores) => organisations.insert(organisationRecord());

/** Changes that do not keep the rule, with what is said of each. */
const WRONG: Readonly<Record<string, readonly [(watched: WatchedStore) => Promise<unknown>, RegExp]>> = {
  "without an entry": [({ store }) => store.write(thing), /no audit entry/],
  "that only reads": [({ store }) => store.read.organisations.page({ limit: 1 }), /no audit entry/],
  "with two entries": [
    ({ store }) =>
      store.write(async (stores) => {
        const orgId = newOrg();
        await thing(stores);
        await stores.audit.append([change(orgId), change(orgId)]);
      }),
    /found 2$/,
  ],
  "with entries in two organisations": [
    ({ store }) =>
      store.write(async (stores) => {
        await thing(stores);
        await stores.audit.append([change(), change()]);
      }),
    /found 1 and 1$/,
  ],
  "whose entry follows in a transaction of its own": [
    async ({ store }) => {
      await store.write(thing);
      await store.write(({ audit }) => audit.append([change()]));
    },
    /entry cannot be written, there is a change all the same: organisations$/,
  ],
};

describe.each(await testDatabases())("on $name", ({ open, runs }) => {
  let opened: OpenedStore | undefined;
  let watched: WatchedStore | undefined;

  async function watch(): Promise<WatchedStore> {
    opened = await open();
    const database = rawDatabase(opened.url);
    await migrate(database.writer, database.kind);
    watched = watchedStore(database);
    return watched;
  }
  afterEach(async () => {
    await watched?.store.close();
    await opened?.drop();
  });

  test.skipIf(!runs)("B1-R1: a change with its one entry passes, and the entry is handed back", async () => {
    const here = await watch();
    const hub = await testHub({ store: here.store });
    const { answer, orgId, entry } = await leavesOneEntry(here, () =>
      hub.services.createOrganisation(FOUNDER, { name: "Quay" }),
    );
    expect(orgId).toBe(answer.id);
    expect(entry).toMatchObject({ seq: 1, actor: FOUNDER_ACTOR, action: "organisation.created" });
    expect(await here.store.read.organisations.page({ limit: 5 })).toHaveLength(1);
    await hub.stop();
  });

  test.skipIf(!runs).each(Object.keys(WRONG))("B1-R1: a change %s is found out", async (what) => {
    const here = await watch();
    const [wrong, said] = WRONG[what]!;
    await expect(leavesOneEntry(here, () => wrong(here))).rejects.toThrow(said);
  });

  test.skipIf(!runs)("what a request writes beside its change may be named", async () => {
    const here = await watch();
    const touching = async () => {
      await here.store.write(thing).catch(() => undefined);
      await here.store.write(async (stores) => stores.audit.append([change()]));
    };
    await expect(leavesOneEntry(here, touching)).rejects.toThrow("organisations");
    expect(await leavesOneEntry(here, touching, ["organisations"])).toMatchObject({ entry: { seq: 1 } });
  });
});
