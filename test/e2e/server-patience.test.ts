import { createServer, type StagedImage } from "@fyr/agent";
import { memoryDisk, openStore } from "@fyr/agent/testing";
import { testImage } from "@fyr/certs/testing";
import { FOUNDER, ownerOf, testHub, testSite } from "@fyr/hub/testing";
import { ACS_PRO, INSTALL, isTerminal, ServerOrderClaims } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { fakeClock } from "@fyr/runtime/testing";
import { SimulatedHost, type HostBlueprint } from "@fyr/simulator";
import { expect, test } from "vitest";

const [MINUTE, HOUR] = [60_000, 3_600_000];
const [FROM, TARGET] = ["6.17.26511", "6.18.27687"];

const BLUEPRINT: HostBlueprint = {
  ...{ machineId: "4c4c4544-0042-3512", name: "REC-01", version: FROM, licensing: "subscription" },
  ...{ counts: { CORE: 4 }, devices: [], installer: "msi" },
  ...{ installMs: 8 * MINUTE, backupMs: 20_000, bootMs: MINUTE },
};

/** A real hub and a real agent's server on a played host, over one virtual clock; the line between them is perfect. */
async function stage(hangsForMs: number) {
  const clock = fakeClock();
  const facts = testImage({ product: ACS_PRO, models: [ACS_PRO], version: TARGET });
  const hub = await testHub({ clock, images: [facts] });
  hub.start();
  const { id: orgId } = await hub.services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  const host = new SimulatedHost({ clock, log: silentLog }, BLUEPRINT);
  host.place({ kind: "installer-hangs", forMs: hangsForMs });
  const { jobs, reports, start } = createServer(
    {
      ...{ clock, log: silentLog, state: openStore(memoryDisk()).state, probe: { at: () => {} } },
      siteTime: { now: () => clock.wall(), uncertaintyMs: () => 100 },
      trust: {
        verifyServer: (document) => {
          const order = ServerOrderClaims.parse(document.signed).body;
          return Promise.resolve({ order, facts });
        },
      },
      cache: {
        stage: ({ digest, sizeBytes }) => Promise.resolve({ digest, sizeBytes } as StagedImage),
        release: () => {},
        freeBytes: () => Promise.resolve(1e12),
      },
    },
    { host: host.probe, desk: host.desk },
    1,
  );
  start();

  /** One exchange, as the agent's link has it. */
  async function sync(): Promise<void> {
    const servers = [...reports.pending()];
    const commandAcks = jobs.commandAcks();
    const said = { jobs: jobs.standings(), events: jobs.outbox(500), commandAcks, servers };
    const { answer } = await hub.door.sync(site.identity, site.request(said));
    reports.acknowledged(servers);
    jobs.commandAcksStored(commandAcks);
    jobs.acknowledged(answer?.acks ?? []);
    for (const grant of answer?.grants ?? []) jobs.accept(grant);
    for (const each of answer?.commands ?? []) jobs.command(each);
  }

  const owner = ownerOf(orgId);
  const shown = async () => {
    const [server] = (await hub.services.servers(owner, { limit: 1 })).items;
    if (!server) throw new Error("no server is registered");
    const [upgrade] = (await hub.services.serverUpgrades(owner, server.id, { limit: 1 })).items;
    return { server, upgrade };
  };
  return { hub, owner, host, clock, sync, shown };
}

test("R-081: from claim to end a server is upgrading, never offline, down or failed; after four hours a person is asked, and nothing is stopped", async () => {
  const { hub, owner, host, clock, sync, shown } = await stage(9 * HOUR);
  await clock.advance(MINUTE);
  await sync();
  const { server } = await shown();
  expect(server.state).toEqual({ kind: "up" });
  await hub.services.upgradeServer(owner, server.id, {}, undefined);
  const asked: { at: number; code: string }[] = [];
  let began = 0;
  for (const end = clock.mono() + 24 * HOUR; clock.mono() < end;) {
    await clock.advance(5 * MINUTE);
    const hours = began === 0 ? 0 : (clock.wall() - began) / HOUR;
    // For three hours nobody hears of the agent.
    if (hours < 1.5 || hours > 4.5) await sync();
    const { server: now, upgrade } = await shown();
    if (!upgrade || isTerminal(upgrade.phase)) break;
    if (began === 0) began = host.truth().installersStarted > 0 ? clock.wall() : 0;
    if (upgrade.attention && asked.at(-1)?.code !== upgrade.attention)
      asked.push({ at: clock.wall() - began, code: upgrade.attention });
    if (!upgrade.unavailable) continue;
    expect(now.state.kind).toBe("upgrading");
    const watchedMs = clock.wall() - began;
    if (watchedMs < INSTALL.usualMs - 5 * MINUTE)
      expect(now.state).toMatchObject({ until: expect.any(Number) as number });
    if (watchedMs < INSTALL.askPersonMs - 5 * MINUTE) expect(now.state).toMatchObject({ attention: false });
    expect(host.truth()).toMatchObject({ installersStarted: 1, stopped: 0, boots: 1 });
  }
  expect(asked.map(({ code }) => code)).toEqual(["SERVER_OVERDUE", "SERVER_NEEDS_PERSON"]);
  expect(asked[1]?.at).toBeGreaterThanOrEqual(INSTALL.askPersonMs - 5 * MINUTE);
  await clock.advance(MINUTE);
  await sync();
  const ended = await shown();
  expect(ended.upgrade).toMatchObject({ state: "done", outcomeCode: null });
  expect(ended.server).toMatchObject({ version: TARGET, state: { kind: "up" } });
  expect(host.truth()).toMatchObject({ installersStarted: 1, switches: [TARGET], stopped: 0 });
  await hub.close();
});
