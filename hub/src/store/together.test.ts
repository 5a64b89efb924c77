import { FOUNDER, ownerOf } from "../testing/members.ts";
import { Fault, type DeviceId, type OrgId } from "@fyr/protocol";
import { expect, test } from "vitest";
import { memoryStore, serialOf, testHub, testSite, type TestHub, type TestSite } from "../testing.ts";
import type { HubStore, Stores } from "./store.ts";

/** Ways in which a transaction comes to nothing after its work was done, or nearly. */
const BREAKS = {
  "whose audit entry cannot be written": (work: (stores: Stores) => Promise<unknown>) => (stores: Stores) =>
    work({ ...stores, audit: { ...stores.audit, append: () => Promise.reject(failed()) } }),
  "that cannot be committed": (work: (stores: Stores) => Promise<unknown>) => async (stores: Stores) => {
    await work(stores);
    throw failed();
  },
};
const failed = () => new Fault("STORE_FAILED");

type Break = (typeof BREAKS)[keyof typeof BREAKS];

/** A store that can be broken. */
async function breakable(): Promise<{ store: HubStore; breaks: (by: Break | null) => void }> {
  const store = await memoryStore();
  let broken: Break | null = null;
  return {
    store: {
      ...store,
      write: <T>(work: (stores: Stores) => Promise<T>) =>
        store.write((broken ? broken(work) : work) as typeof work),
    },
    breaks: (by) => (broken = by),
  };
}

interface Place {
  readonly hub: TestHub;
  readonly site: TestSite;
  readonly orgId: OrgId;
  readonly devices: readonly DeviceId[];
}

const upgrade = ({ hub, orgId, devices }: Place, at: number) => {
  const targets = [{ deviceId: devices[at]!, digest: hub.images[0]!.digest }];
  return hub.services.createUpgrade(ownerOf(orgId), { targets, backup: "wanted" }, `key ${at}`);
};

const firstTask = async ({ hub, orgId }: Place) =>
  (await hub.services.tasks(ownerOf(orgId), {}, { limit: 1 })).items[0]!;

/** Everything that a person sees of it. */
async function seen({ hub: { services }, orgId }: Place): Promise<unknown> {
  const all = { limit: 50 };
  return Promise.all([
    services.organisations(FOUNDER, all),
    services.agents(ownerOf(orgId), all),
    services.devices(ownerOf(orgId), all),
    services.upgrades(ownerOf(orgId), all),
    services.tasks(ownerOf(orgId), {}, all),
    services.audit(ownerOf(orgId), all),
  ]);
}

const CHANGES: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  "a new organisation": ({ hub }) => hub.services.createOrganisation(FOUNDER, { name: "Quay" }),
  "an invitation": ({ hub, orgId }) => hub.services.createAgent(ownerOf(orgId), { name: "another" }),
  "a revocation": ({ hub, orgId, site }) => hub.services.revokeAgent(ownerOf(orgId), site.identity.agentId),
  "an upgrade": (place) => upgrade(place, 1),
  "a wish to cancel": async (place) =>
    place.hub.services.cancelTask(ownerOf(place.orgId), (await firstTask(place)).id),
  "a report": ({ site }) => {
    for (const job of site.jobs.values()) job.succeed();
    return site.sync();
  },
};

async function place(store: HubStore): Promise<Place> {
  const hub = await testHub({ store });
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  await site.report({ serial: serialOf(1) }, { serial: serialOf(2) });
  const { items } = await hub.services.devices(ownerOf(orgId), { limit: 2 });
  const made = { hub, site, orgId, devices: items.map(({ id }) => id) };
  await upgrade(made, 0);
  await site.sync();
  return made;
}

const CASES = Object.keys(BREAKS).flatMap((how) => Object.keys(CHANGES).map((what) => [what, how] as const));

test.each(CASES)("%s %s has not happened, and nobody is told that it has", async (what, how) => {
  const { store, breaks } = await breakable();
  const here = await place(store);
  const before = await seen(here);
  breaks(BREAKS[how as keyof typeof BREAKS]);
  await expect(CHANGES[what]!(here)).rejects.toMatchObject({ code: "STORE_FAILED" });
  breaks(null);
  expect(await seen(here)).toEqual(before);
  await expect(CHANGES[what]!(here)).resolves.toBeDefined();
  expect(await seen(here)).not.toEqual(before);
  await here.hub.close();
});
