import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  isTerminal,
  type AgentSummary,
  type ApiKeyMade,
  type NewServerUpgrade,
  type Server,
  type ServerHealthView,
  type ServerUpgrade,
  type ServiceAccount,
} from "@fyr/protocol";
import { faultProxy, type FaultProxy } from "@fyr/runtime/testing";
import { openTree, serverPackage, type HostTree } from "@fyr/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type Agent, type House } from "./stage/house.ts";
import { pause, until } from "./stage/patience.ts";
import type { Program } from "./stage/program.ts";

/**
 * An ACS Pro server from its registration to its new version, with everything as it ships: hub and agent processes, the
 * hub's commands, a host whose service is a process, and a bad line between agent and hub. What comes after what is told
 * by the order of the tests: they are one story.
 */
const PATIENCE_MS = 180_000;
const [FROM, TARGET] = ["6.17.26511", "6.18.27687"];
const MACHINE = "4c4c4544-0042-3511";
/** Its service goes on saying what it said before. */
const BAD = "6.19.30012";
const PACKAGE_BYTES = 3_000_000;

let house: House;
let tree: HostTree;
let agent: Agent;
let running: Program;
let line: FaultProxy;
let packageFile: string;
/** Of service accounts, by their role. */
const keys = { admin: "", operator: "" };

const path = (rest = "") => `/orgs/${house.orgId}${rest}`;
const serverNow = async () => {
  const { items } = await house.hub.operator.get<{ items: Server[] }>(path("/servers"));
  return items[0];
};
const known = async () => {
  const server = await serverNow();
  if (!server) throw new Error("no server is registered");
  return server;
};
const order = async (wish: NewServerUpgrade) =>
  house.hub.operator.post<ServerUpgrade>(path(`/servers/${(await known()).id}/upgrades`), wish);
const upgradeNow = ({ serverId, id }: ServerUpgrade) =>
  house.hub.operator.get<ServerUpgrade>(path(`/servers/${serverId}/upgrades/${id}`));
const withdraw = ({ serverId, id }: ServerUpgrade) =>
  house.hub.operator.post<ServerUpgrade>(path(`/servers/${serverId}/upgrades/${id}/withdraw`), {});
const command = (name: string, role: keyof typeof keys, ...args: string[]) =>
  house.hub.command(["servers", name, "--org", house.orgId, ...args], { HUB_KEY: keys[role] });
const idsOf = ({ serverId, id }: ServerUpgrade) => ["--server", serverId, "--upgrade", id];

async function keyOf(role: keyof typeof keys): Promise<string> {
  const { operator } = house.hub;
  const wish = { name: role, role, grants: role === "admin" ? [] : [{ folderId: house.orgId, role }] };
  const { id } = await operator.post<ServiceAccount>(path("/service-accounts"), wish);
  return (await operator.post<ApiKeyMade>(path(`/service-accounts/${id}/keys`), { name: "test" })).token;
}

/** A line between agent and hub that can be made slow, and cut. */
async function putLine({ folder }: Agent): Promise<FaultProxy> {
  const file = join(folder, "identity.json");
  const identity = JSON.parse(await readFile(file, "utf8")) as { syncUrl: string };
  const url = new URL(identity.syncUrl);
  const proxy = await faultProxy({ port: Number(url.port) });
  url.port = String(proxy.port);
  await writeFile(file, JSON.stringify({ ...identity, syncUrl: url.href }));
  return proxy;
}

beforeAll(async () => {
  house = await openHouse({ devices: 1, firstAddress: "127.44.0.1", generations: ["12"] });
  const root = join(house.folder, "server");
  tree = await openTree({
    ...{ root, node: process.execPath, version: FROM, machineId: MACHINE, devices: [] },
    ...{ controlPort: 0, servicePort: 0, stopMs: 100, bootMs: 100, wait: pause },
  });
  packageFile = join(house.folder, "package.tgz");
  await writeFile(packageFile, await serverPackage({ version: TARGET, fillBytes: PACKAGE_BYTES }));
  agent = await house.enrol("recorder", [], { serverProbe: "simulated", serverRoot: root });
  line = await putLine(agent);
  running = house.start(agent);
  [keys.admin, keys.operator] = [await keyOf("admin"), await keyOf("operator")];
}, PATIENCE_MS);
afterAll(async () => {
  tree.hang(null);
  tree.cutWaiting();
  await running.end("SIGTERM");
  await line.close();
  await tree.close();
  await house.close();
}, PATIENCE_MS);

test(
  "R-073 R-088: an agent on an ACS Pro host registers the server with its organisation, and tells how it is",
  async () => {
    const server = await until("the server is up", async () => {
      const found = await serverNow();
      return found?.state.kind === "up" ? found : undefined;
    });
    expect(server).toMatchObject({
      ...{ machineId: MACHINE, product: "acs-pro-server", version: FROM, licensing: "subscription" },
      ...{ agentId: agent.agentId, folderId: house.orgId, recommended: null, trouble: null },
    });
    const view = await house.hub.operator.get<ServerHealthView>(path(`/servers/${server.id}/health`));
    expect(view.health.services).toEqual([{ name: "acs-server", state: "running", restarts: 0 }]);
  },
  PATIENCE_MS,
);

test(
  "R-074 R-076: once a package is published, the upgrade is recommended, in API and CLI, and it is said for how long the server would be away",
  async () => {
    const wish = ["--product", "acs-pro-server", "--release", TARGET];
    expect(await house.hub.command(["images", "import", packageFile, ...wish])).toMatchObject({ code: 0 });
    expect((await known()).recommended).toMatchObject({ version: TARGET });
    const { stdout } = await command("list", "admin");
    expect(stdout).toContain(`${FROM}\tup\tupgrade to ${TARGET} recommended`);
    const look = await command("upgrade", "admin", "--server", (await known()).id, "--preview");
    expect(look.stdout).toContain(`${FROM} → ${TARGET}\taway for about 20 minutes; cannot be stopped`);
  },
  PATIENCE_MS,
);

test(
  "R-072: an operator of the folder may not order it, which is said",
  async () => {
    const refused = await command("upgrade", "operator", "--server", (await known()).id);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain("FORBIDDEN");
  },
  PATIENCE_MS,
);

/** Hours that begin with the next minute and end a minute before that: closed now, open soon. */
function soon(): NonNullable<NewServerUpgrade["window"]> & { readonly opensAt: number } {
  const opensAt = Math.ceil((Date.now() + 3_000) / 60_000) * 60_000;
  const clockAt = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
  return { zone: "UTC", days: [...days], from: clockAt(opensAt), to: clockAt(opensAt - 60_000), opensAt };
}

test(
  "R-078 C-20: a request waits in the queue while its window is closed, and can be withdrawn there",
  async () => {
    const { opensAt: _, ...window } = soon();
    const asked = await order({ window });
    expect(asked).toMatchObject({ state: "queued", withdrawable: true, unavailable: false });
    const told = await command("withdraw", "admin", ...idsOf(asked));
    expect([told.code, told.stderr]).toEqual([0, ""]);
    expect(told.stdout).toContain("withdrawn");
    expect(await upgradeNow(asked)).toMatchObject({ state: "withdrawn", phase: "cancelled" });
  },
  PATIENCE_MS,
);

let upgrade: ServerUpgrade;

test(
  "R-079 R-077: the agent claims it when the window opens; from then on nobody withdraws it, and the reason is told",
  async () => {
    line.set({ bytesPerSecond: 300_000 });
    tree.hang("start"); // the installer will stand still with the service away
    const { opensAt, ...window } = soon();
    upgrade = await order({ window });
    expect(upgrade.holds).toMatchObject([{ reason: "window" }]);
    const claimed = await until(
      "the agent claims it",
      async () => {
        const now = await upgradeNow(upgrade);
        return now.state === "queued" ? undefined : now;
      },
      120_000,
    );
    expect(claimed.changedAt).toBeGreaterThanOrEqual(opensAt);
    expect(claimed.withdrawable).toBe(false);
    await expect(withdraw(upgrade)).rejects.toMatchObject({ code: "SERVER_CLAIMED" });
    const refused = await command("withdraw", "admin", ...idsOf(upgrade));
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/never stopped.*SERVER_CLAIMED/s);
  },
  PATIENCE_MS,
);

test(
  "R-080: the package comes over a bad line in pieces that are not sent again, also when the agent is killed",
  async () => {
    await until("half of it is there", () => line.passedBytes.down > PACKAGE_BYTES / 2 || undefined);
    await running.end("SIGKILL");
    line.cut();
    line.heal();
    running = house.start(agent);
    await until("the installer says start", () => tree.unanswered() > 0 || undefined);
    // One piece of a mebibyte may have been on its way; syncs and signed metadata are the rest.
    expect(line.passedBytes.down).toBeLessThan(PACKAGE_BYTES + 1.5 * 2 ** 20);
    expect(await tree.installed()).toBe(TARGET);
  },
  PATIENCE_MS,
);

test(
  "R-081: meanwhile it is shown as upgrading with its expected end, not as a fault, even while its agent is gone",
  async () => {
    const isAway = async () => {
      const [server, now] = [await known(), await upgradeNow(upgrade)];
      return now.unavailable && server.state.kind === "upgrading" ? { server, now } : undefined;
    };
    const { server, now } = await until("it is shown as upgrading", isAway);
    expect(server.state).toMatchObject({
      kind: "upgrading",
      attention: false,
      until: expect.any(Number) as number,
    });
    expect(now.expectedEnd).toBeGreaterThan(Date.now());
    await expect(fetch(`${tree.service}/version`)).rejects.toThrow("fetch failed");
    await running.end("SIGKILL");
    await until("the hub misses the agent", async () => {
      const { items } = await house.hub.operator.get<{ items: AgentSummary[] }>(path("/agents"));
      return items[0]?.online === false || undefined;
    });
    expect((await known()).state).toMatchObject({ kind: "upgrading", attention: false });
    await expect(withdraw(upgrade)).rejects.toMatchObject({ code: "SERVER_CLAIMED" });
  },
  PATIENCE_MS,
);

test(
  "R-071 R-080: it ends well, once, with the new version by its own word, and the backup is named",
  async () => {
    tree.hang(null);
    tree.cutWaiting();
    running = house.start(agent);
    const ended = await until("it ends", async () => {
      const now = await upgradeNow(upgrade);
      return isTerminal(now.phase) ? now : undefined;
    });
    expect(ended).toMatchObject({ state: "done", outcomeCode: null, toVersion: TARGET, withdrawable: false });
    expect(String(ended.evidence["backup"])).toContain(FROM);
    const server = await until("the server tells its version", async () => {
      const found = await known();
      return found.version === TARGET && found.state.kind === "up" ? found : undefined;
    });
    expect(server).toMatchObject({ recommended: null, activeTaskId: null, trouble: null });
    expect(await (await fetch(`${tree.service}/version`)).json()).toEqual({ version: TARGET });
    expect(await tree.starts()).toEqual([FROM, TARGET]);
    await expect(withdraw(upgrade)).rejects.toMatchObject({ code: "CANCEL_FINISHED" });
    const shown = await command("show", "admin", ...idsOf(upgrade));
    expect(shown.stdout).toContain(`${FROM} → ${TARGET}\tdone`);
  },
  PATIENCE_MS,
);

/** Of an upgrade that went wrong; each test asks the hub anew. */
let failed: ServerUpgrade;

test(
  "R-080: a package whose service goes on as before is no success; its backup is offered, and nobody puts it back",
  async () => {
    line.set({ bytesPerSecond: 100_000_000 });
    const file = join(house.folder, "bad.tgz");
    await writeFile(file, await serverPackage({ version: BAD, fault: "says-old-version", from: TARGET }));
    const wish = ["--product", "acs-pro-server", "--release", BAD];
    expect(await house.hub.command(["images", "import", file, ...wish])).toMatchObject({ code: 0 });
    failed = await order({});
    // A service has a minute to say what it should, however fast the host is.
    const isOver = async () => {
      const now = await upgradeNow(failed);
      return isTerminal(now.phase) ? now : undefined;
    };
    const ended = await until("it ends", isOver, 150_000);
    expect(ended).toMatchObject({ state: "failed", outcomeCode: "SERVER_VERSION_UNCHANGED" });
    expect(ended.restore).toMatchObject({ offered: true, askedAt: null, state: null });
    expect(String(ended.evidence["backup"])).toContain(TARGET);
    expect(await tree.installed()).toBe(BAD);
  },
  PATIENCE_MS,
);

test(
  "R-080: on a person's word its agent puts the backup back, once, and the server runs what it ran before",
  async () => {
    const act = `/servers/${failed.serverId}/upgrades/${failed.id}/restore`;
    const asked = await house.hub.operator.post<ServerUpgrade>(path(act), {});
    expect(asked.restore).toMatchObject({ offered: false, state: "asked" });
    await until("it is put back", async () => {
      const { restore } = await upgradeNow(failed);
      return restore.state === "done" || undefined;
    });
    expect(await tree.installed()).toBe(TARGET);
    const runs = await until("the service answers", async () => {
      const answer = await fetch(`${tree.service}/version`).catch(() => undefined);
      return answer?.json();
    });
    expect(runs).toEqual({ version: TARGET });
    await expect(house.hub.operator.post(path(act), {})).rejects.toMatchObject({
      code: "SERVER_RESTORE_NONE",
    });
  },
  PATIENCE_MS,
);
