import { testHub, testSite, openStore, type TestSite, FOUNDER, ownerOf } from "@fyr/hub/testing";
import { silentLog, systemClock } from "@fyr/runtime";

/**
 * Many sites report at once; each report is one sync whose events are on disk when it is answered.
 * Arguments: database address. Prints the event rows made durable per second.
 */
const SITES = 200;
const SYNCS = 6;
const EVENTS = 20;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const store = await openStore(process.argv[2] ?? "", { log: silentLog, turn });
const hub = await testHub({ clock: systemClock, store });
const org = await hub.services.createOrganisation(FOUNDER, { name: "Bench" });
const [image] = hub.images;
if (!image) throw new Error("no image to upgrade to");

/** A site whose one device is being upgraded, ready to report steps. */
async function busySite(index: number): Promise<TestSite> {
  const site = await testSite(hub, org.id, `site ${index}`);
  const serial = `B8A44F${index.toString(16).toUpperCase().padStart(6, "0")}`;
  await site.report({
    serial: serial as never,
    model: image?.models[0] ?? "",
    version: "11.11.192",
  });
  return site;
}

const sites: TestSite[] = [];
for (let index = 0; index < SITES; index++) sites.push(await busySite(index));
for (let after: string | null = "", page; after !== null; after = page.next) {
  page = await hub.services.devices(ownerOf(org.id), { after: after || undefined, limit: 100 });
  const targets = page.items.map(({ id }) => ({ deviceId: id, digest: image.digest }));
  await hub.services.createUpgrade(ownerOf(org.id), { targets, backup: "wanted" }, undefined);
}
hub.start();
for (let round = 0; round < 50 && sites.some(({ jobs }) => jobs.size === 0); round++) {
  await Promise.all(sites.filter(({ jobs }) => jobs.size === 0).map((site) => site.sync()));
}

let rows = 0;
/** What a site says in one sync is put together before its time is taken. */
function speak(site: TestSite): void {
  for (const job of site.jobs.values()) {
    for (let event = 0; event < EVENTS; event++) job.step("precheck", event % 2 === 0 ? "begun" : "done");
    rows += EVENTS;
  }
}

let tookMs = 0;
for (let sync = 0; sync < SYNCS; sync++) {
  for (const site of sites) speak(site);
  const said = sites.map((site) => site.request());
  const begun = performance.now();
  await Promise.all(sites.map((site, index) => site.sync(said[index])));
  tookMs += performance.now() - begun;
}
await hub.close();
process.stdout.write(JSON.stringify({ rows, rowsPerSecond: (rows / tookMs) * 1000 }));
process.exit(0);
