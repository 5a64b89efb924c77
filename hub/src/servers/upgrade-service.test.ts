import { INSTALL, ServerOrderClaims, type LocalWindow, type OrgId, type ServerUpgrade } from "@fyr/protocol";
import { seededRandom } from "@fyr/runtime";
import { afterEach, expect, test } from "vitest";
import { FOUNDER, ownerOf } from "../testing/members.ts";
import { newServer } from "../testing/records.ts";
import { serverReport, testPackage } from "../testing/server.ts";
import { testHub, testSite, type TestHub, type TestJob } from "../testing.ts";

const [MINUTE, HOUR] = [60_000, 3_600_000];
const PAGE = { limit: 50 };
let hub: TestHub;
afterEach(() => hub.close());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

/** A server with an agent on its host. */
async function host(images = [testPackage()]) {
  hub = await testHub({ images, random: seededRandom("server upgrades") });
  hub.start();
  const { services } = hub;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  const owner = ownerOf(orgId);
  const tell = (version = "6.17.26511") => site.sync({ servers: [serverReport({ n: 1, version })] });
  await tell();
  const server = async () => (await services.servers(owner, PAGE)).items[0]!;
  const { id } = await server();
  const now = async () => (await services.serverUpgrades(owner, id, { limit: 1 })).items[0]!;
  return {
    ...{ orgId, owner, site, tell, server, id, now },
    ask: (wish: Parameters<typeof services.upgradeServer>[2] = {}, key?: string) =>
      services.upgradeServer(owner, id, wish, key),
    withdraw: ({ id: taskId }: ServerUpgrade) => services.withdrawServerUpgrade(owner, id, taskId),
    /** The agent fetches what waits for it. */
    async claim(): Promise<TestJob> {
      await site.sync();
      return [...site.jobs.values()].at(-1)!;
    },
  };
}

const actions = async (orgId: OrgId) =>
  (await hub.services.audit(ownerOf(orgId), PAGE)).items
    .map(({ action }) => action)
    .filter((action) => !action.startsWith("agent.") && !action.startsWith("organisation."));

function install(job: TestJob): void {
  for (const state of ["accepted", "staging", "armed", "executing"] as const) job.state(state);
  job.step("save", "done");
  job.step("install");
  job.state("settling");
}

test("R-071 R-078 R-079 R-080: a click puts a request into the queue; the agent fetches it and installs", async () => {
  const { ask, claim, site, now, tell, server, orgId } = await host();
  const asked = await ask({}, "once");
  expect(asked).toMatchObject({ state: "queued", withdrawable: true, toVersion: "6.18.27001" });
  expect(hub.rung).toContain(site.identity.agentId);
  expect(await ask({}, "once"), "a repeated click is the same request").toEqual(asked);
  const job = await claim();
  expect(job.grant.kind).toBe("server");
  const { body } = ServerOrderClaims.parse(job.grant.order.signed);
  expect(body).toMatchObject({ kind: "server", uid: (await server()).uid, windows: [], attempt: 1 });
  expect(await now()).toMatchObject({ state: "claimed", withdrawable: false });
  job.state("accepted");
  job.state("staging");
  await site.sync();
  expect(await now()).toMatchObject({ state: "downloading", unavailable: false });
  for (const state of ["armed", "executing"] as const) job.state(state);
  job.step("install");
  job.state("settling");
  await site.sync();
  expect(await now()).toMatchObject({
    ...{ state: "installing", unavailable: true, attention: null },
    expectedEnd: hub.clock.wall() + INSTALL.usualMs,
  });
  expect((await server()).state, "R-081: no fault").toMatchObject({ kind: "upgrading", attention: false });
  job.state("verifying");
  await site.sync();
  expect(await now()).toMatchObject({ state: "restarting", unavailable: true });
  job.end("succeeded", null, "6.18.27001");
  await site.sync();
  expect(await now()).toMatchObject({ state: "done", unavailable: false, expectedEnd: null });
  expect(await server()).toMatchObject({ version: "6.18.27001", activeTaskId: null, recommended: null });
  await tell("6.18.27001");
  expect(await actions(orgId)).toEqual([
    ...["server.registered", "server.upgrade_requested", "task.granted", "task.succeeded"],
  ]);
});

test("R-075 R-076: before the click stands what it would do, for how long, and that nothing stops it", async () => {
  const { ask, now, orgId, owner, id } = await host();
  const look = () => hub.services.previewServerUpgrade(owner, id, {});
  expect(await look()).toMatchObject({
    ...{ serverId: id, name: "REC-1", fromVersion: "6.17.26511", toVersion: "6.18.27001" },
    ...{ usualMs: INSTALL.usualMs, askPersonMs: INSTALL.askPersonMs, interruptible: false, supersedes: null },
  });
  expect(await now()).toBeUndefined();
  expect(await actions(orgId)).toEqual(["server.registered"]);
  await ask();
  expect(await codeOf(look())).toBe("UPGRADE_ACTIVE");
});

test("C-20 R-077: a request is withdrawn until an agent claims it, and never after, whatever became of its lease", async () => {
  const { ask, claim, withdraw, now, site, orgId } = await host();
  await withdraw(await ask());
  expect(await now()).toMatchObject({ state: "withdrawn" });
  expect(await codeOf(withdraw(await now()))).toBe("CANCEL_FINISHED");
  await ask();
  const job = await claim();
  expect(await codeOf(withdraw(await now()))).toBe("SERVER_CLAIMED");
  await hub.clock.advance(20 * MINUTE);
  expect(await now(), "its lease is over").toMatchObject({ phase: "ready", withdrawable: false });
  expect(await codeOf(withdraw(await now()))).toBe("SERVER_CLAIMED");
  install(job);
  await site.sync();
  expect(await codeOf(withdraw(await now()))).toBe("SERVER_CLAIMED");
  const before = await actions(orgId);
  expect(before.filter((action) => action === "task.cancelled")).toHaveLength(1);
  job.end("given_back", "INSTALLER_BUSY");
  await site.sync();
  expect(await now(), "given back, it waits in the queue again").toMatchObject({ withdrawable: true });
  await withdraw(await now());
  expect(await now()).toMatchObject({ state: "withdrawn" });
});

test("R-072: only admins upgrade, withdraw and restore; to operators it is refused, elsewhere it does not exist", async () => {
  const { ask, id, orgId, now, owner } = await host();
  await ask();
  const task = await now();
  const { services } = hub;
  const { folderId } = await services.server(owner, id);
  const operator = ownerOf(orgId, {
    role: "operator",
    owner: false,
    grants: [{ folderId, role: "operator" }],
  });
  const stranger = ownerOf(orgId, { role: "operator", owner: false, grants: [] });
  for (const [member, code] of [
    [operator, "FORBIDDEN"],
    [stranger, "NOT_FOUND"],
  ] as const) {
    expect(await codeOf(services.upgradeServer(member, id, {}, undefined))).toBe(code);
    expect(await codeOf(services.withdrawServerUpgrade(member, id, task.id))).toBe(code);
    expect(await codeOf(services.restoreServer(member, id, task.id))).toBe(code);
  }
  expect((await services.serverUpgrades(operator, id, PAGE)).items).toHaveLength(1);
  expect(await codeOf(services.serverUpgrade(stranger, id, task.id))).toBe("NOT_FOUND");
  expect(await codeOf(services.serverUpgrade(owner, newServer(), task.id))).toBe("NOT_FOUND");
  expect(await codeOf(services.task(owner, task.id)), "it is no device's task").toBe("NOT_FOUND");
  expect(await codeOf(services.cancelTask(owner, task.id))).toBe("NOT_FOUND");
  expect((await services.tasks(owner, {}, PAGE)).items).toEqual([]);
  expect((await services.upgrades(owner, PAGE)).items).toEqual([]);
});

test("a package that does not fit is refused by name; a newer wish takes the place of one that waits", async () => {
  const images = [
    testPackage(),
    testPackage("6.19.1"),
    testPackage("6.16.1"),
    testPackage("9.1.1", { upgradeableFrom: ["8.1"] }),
    testPackage("6.20.1", { product: "other-server" }),
    testPackage("6.21.1", { withdrawn: true }),
    testPackage("6.17.26511"),
  ];
  const { ask, claim, withdraw, now, tell } = await host(images);
  const refused = (at: number) => codeOf(ask({ digest: images[at]!.digest }));
  expect(await refused(2)).toBe("IMAGE_DOWNGRADE");
  expect(await refused(3)).toBe("IMAGE_PATH_BLOCKED");
  expect(await refused(4)).toBe("PACKAGE_WRONG_PRODUCT");
  expect(await refused(5)).toBe("IMAGE_WITHDRAWN");
  expect(await refused(6)).toBe("UPGRADE_AT_TARGET");
  expect(await codeOf(ask({ digest: "0".repeat(64) as never }))).toBe("IMAGE_UNKNOWN");
  expect(await codeOf(ask({ deadline: hub.clock.wall() }))).toBe("DEADLINE_PASSED");
  await ask({ digest: images[0]!.digest });
  expect(await refused(0)).toBe("UPGRADE_ACTIVE");
  const second = await ask({ digest: images[1]!.digest });
  await claim();
  expect(await refused(0)).toBe("SERVER_CLAIMED");
  expect((await now()).id).toBe(second.id);
  expect(await codeOf(withdraw(second))).toBe("SERVER_CLAIMED");
  await tell("unknown");
  expect(await codeOf(ask())).toBe("SERVER_VERSION_UNKNOWN");
});

test("a request waits for its window in the site's own time, and is given out in no other", async () => {
  const { ask, site, now } = await host();
  const at = new Date(hub.clock.wall() + 5 * HOUR);
  const hour = (n: number) => `${String((at.getUTCHours() + n) % 24).padStart(2, "0")}:00`;
  const days: LocalWindow["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const window = { zone: "UTC", days, from: hour(0), to: hour(2) };
  const short = { ...window, to: `${hour(0).slice(0, 2)}:20` };
  expect(await codeOf(ask({ window: short }))).toBe("WINDOW_TOO_SHORT");
  expect(await codeOf(ask({ window: { ...window, zone: "Mars/Olympus" } }))).toBe("MESSAGE_INVALID");
  await ask({ window });
  const opensAt = (await now()).windows[0]!.opensAt;
  expect(await now()).toMatchObject({ state: "queued", holds: [{ reason: "window", until: opensAt }] });
  await site.sync();
  expect(site.jobs.size, "what is claimed is never withdrawn, so it is not given out early").toBe(0);
  await hub.clock.advance(opensAt - hub.clock.wall());
  expect(await now()).toMatchObject({ phase: "ready", holds: [] });
  await hub.clock.advance(2 * HOUR - INSTALL.usualMs);
  expect(await now(), "too late for an installer").toMatchObject({ holds: [{ reason: "window" }] });
  await site.sync();
  expect(site.jobs.size).toBe(0);
  const next = (await now()).holds[0]!.until!;
  await hub.clock.advance(next - hub.clock.wall() + MINUTE);
  await site.sync();
  const { body } = ServerOrderClaims.parse([...site.jobs.values()][0]!.grant.order.signed);
  expect(body.windows).toEqual([{ opensAt: next, closesAt: next + 2 * HOUR }]);
});

test("an installer that takes too long asks for a person, ends nothing, and is told of once", async () => {
  const { ask, claim, site, now, server, owner, orgId } = await host();
  await ask();
  install(await claim());
  await site.sync();
  await hub.clock.advance(INSTALL.alertMs);
  expect(await now()).toMatchObject({ state: "installing", attention: "SERVER_OVERDUE", expectedEnd: null });
  expect((await server()).state).toEqual({ kind: "upgrading", until: null, attention: false });
  const { items } = await hub.services.alerts(owner, { open: true }, PAGE);
  expect(items).toMatchObject([{ kind: "upgrade_overdue", value: 60, closedAt: null }]);
  await hub.clock.advance(INSTALL.askPersonMs - INSTALL.alertMs);
  expect(await now()).toMatchObject({ state: "installing", attention: "SERVER_NEEDS_PERSON" });
  expect((await server()).state).toEqual({ kind: "upgrading", until: null, attention: true });
  const [job] = [...site.jobs.values()];
  job!.end("succeeded", null, "6.18.27001");
  await site.sync();
  expect(await now()).toMatchObject({ state: "done", attention: null });
  expect((await hub.services.alerts(owner, { open: true }, PAGE)).items).toEqual([]);
  const trail = await actions(orgId);
  for (const once of ["task.person_asked", "alert.opened", "alert.closed"])
    expect(trail.filter((action) => action === once)).toHaveLength(1);
});

test("a restore is offered after a failure whose backup is there, and done on a person's word alone, once", async () => {
  const { ask, claim, site, now, owner, id } = await host();
  await ask();
  const job = await claim();
  install(job);
  job.end("failed", "INSTALLER_FAILED", "6.17.26511");
  await site.sync();
  expect(await now()).toMatchObject({ state: "failed", restore: { offered: true, askedAt: null } });
  expect((await site.sync())?.commands ?? [], "never by itself").toEqual([]);
  const { id: taskId } = await now();
  await hub.services.restoreServer(owner, id, taskId);
  expect(await now()).toMatchObject({ restore: { offered: false, askedAt: hub.clock.wall() } });
  expect(await codeOf(hub.services.restoreServer(owner, id, taskId))).toBe("SERVER_RESTORE_NONE");
  const [command] = (await site.sync())?.commands ?? [];
  expect(command).toMatchObject({ taskId, kind: "restore" });
  await site.sync({ commandAcks: [command!.commandId] });
  expect((await site.sync())?.commands ?? []).toEqual([]);
});

test.each([
  ["done", undefined, "server.restored"],
  ["failed", "SERVER_RESTORE_FAILED", "server.restore_failed"],
] as const)("what became of a restore is shown and written down, once: %s", async (moment, code, action) => {
  const { ask, claim, site, now, owner, id, orgId } = await host();
  await ask();
  const job = await claim();
  install(job);
  job.end("failed", "SERVER_NO_RETURN");
  await site.sync();
  const { id: taskId } = await now();
  await hub.services.restoreServer(owner, id, taskId);
  expect((await now()).restore).toMatchObject({ state: "asked", code: null });
  job.step("restore");
  await site.sync();
  expect(await now()).toMatchObject({ state: "failed", restore: { state: "running" } });
  job.step("restore", moment, code);
  await site.sync();
  await site.sync();
  expect(await now()).toMatchObject({
    ...{ state: "failed", outcomeCode: "SERVER_NO_RETURN" },
    restore: { offered: false, state: moment, code: code ?? null },
  });
  expect((await actions(orgId)).filter((each) => each.startsWith("server.restore"))).toEqual([
    "server.restore_requested",
    action,
  ]);
});

test("R-081: of a restore without an end in four hours a person is asked; an end that is told later counts", async () => {
  const { ask, claim, site, now, owner, id } = await host();
  await ask();
  const job = await claim();
  install(job);
  job.end("failed", "SERVER_NO_RETURN");
  await site.sync();
  const state = async () => (await now()).restore.state;
  await hub.services.restoreServer(owner, id, (await now()).id);
  await hub.clock.advance(INSTALL.askPersonMs);
  expect(await state()).toBe("asked");
  await hub.clock.advance(1);
  expect(await state(), "an agent that lost its journal tells nothing").toBe("overdue");
  job.step("restore");
  await site.sync();
  expect(await state()).toBe("overdue");
  job.step("restore", "done");
  await site.sync();
  expect(await state()).toBe("done");
});

test("a restore is refused once something newer was begun at the server", async () => {
  const { ask, claim, site, now, owner, id } = await host();
  await ask();
  const job = await claim();
  install(job);
  job.end("failed", "INSTALLER_FAILED", "6.17.26511");
  await site.sync();
  const failed = await now();
  const restore = () => hub.services.restoreServer(owner, id, failed.id);
  await ask();
  (await claim()).end("succeeded", null, "6.18.27001");
  await site.sync();
  expect(await codeOf(restore())).toBe("SERVER_RESTORE_NONE");
});

test("a server that is taken out takes its waiting request with it; what was claimed comes to its own end", async () => {
  const { ask, claim, site, owner, id } = await host();
  await ask();
  const job = await claim();
  install(job);
  await site.sync();
  await hub.services.unregisterServer(owner, id);
  job.end("succeeded", null, "6.18.27001");
  await site.sync();
  expect((await actions(owner.orgId)).slice(-2)).toEqual(["server.unregistered", "task.succeeded"]);
});
