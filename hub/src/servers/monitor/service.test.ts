import { DEFAULT_THRESHOLDS, type ServerHealth } from "@fyr/protocol";
import { afterEach, expect, test } from "vitest";
import { FOUNDER, ownerOf } from "../../testing/members.ts";
import { newAlert } from "../../testing/records.ts";
import { serverHealth, serverReport } from "../../testing/server.ts";
import { testHub, testSite, type TestHub } from "../../testing.ts";

const PAGE = { limit: 50 };
let hub: TestHub;
afterEach(() => hub.close());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code: string }) => error.code,
  );

async function watched() {
  hub = await testHub();
  const { services } = hub;
  const { id: orgId } = await services.createOrganisation(FOUNDER, { name: "Harbour" });
  const site = await testSite(hub, orgId);
  const tell = (health: Partial<ServerHealth>) =>
    site.sync({ servers: [serverReport({ n: 1 }, { health: serverHealth(health) })] });
  await tell({});
  const owner = ownerOf(orgId);
  const [server] = (await services.servers(owner, PAGE)).items;
  const { id, folderId } = server!;
  const as = (role: "operator" | "viewer", grants = [{ folderId, role }]) =>
    ownerOf(orgId, { role, owner: false, grants });
  const trail = async () =>
    (await services.audit(owner, PAGE)).items
      .map(({ action }) => action)
      .filter((a) => /alert|monit/.test(a));
  return { ...{ services, orgId, tell, owner, id, as, trail } };
}

const full = { volumes: [{ name: "D:", use: "recordings" as const, totalBytes: 100, freeBytes: 5 }] };

test("R-026: a report beyond a threshold is told once, in the list and in the audit", async () => {
  const { services, tell, owner, id, trail } = await watched();
  await tell(full);
  await tell(full);
  const open = async () => (await services.alerts(owner, { open: true, serverId: id }, PAGE)).items;
  expect(await open()).toMatchObject([{ kind: "storage", part: "D:", value: 5, limit: 10, serverId: id }]);
  await tell({});
  expect(await open()).toEqual([]);
  expect(await trail()).toEqual(["alert.opened", "alert.closed"]);
});

test("R-026 R-031: admins and operators in their folders acknowledge and mute; viewers read, others see nothing", async () => {
  const { services, tell, owner, as, trail, id } = await watched();
  await tell(full);
  const [alert] = (await services.alerts(owner, {}, PAGE)).items;
  const { id: alertId } = alert!;
  const [operator, viewer, stranger] = [as("operator"), as("viewer"), as("operator", [])];
  const seen = await services.acknowledgeAlert(operator, alertId, "disk ordered");
  expect(seen.acknowledged).toEqual({ at: hub.clock.wall(), by: operator.actor, comment: "disk ordered" });
  expect(await services.muteAlert(owner, alertId, 99)).toMatchObject({ mutedUntil: 99 });
  expect(await trail()).toEqual(["alert.opened", "alert.acknowledged", "alert.muted"]);
  expect((await services.alerts(viewer, {}, PAGE)).items).toHaveLength(1);
  expect((await services.alerts(stranger, {}, PAGE)).items, "A-24").toEqual([]);
  expect(await codeOf(services.alerts(stranger, { serverId: id }, PAGE)), "A-25").toBe("NOT_FOUND");
  for (const ask of [
    (member: typeof owner) => services.acknowledgeAlert(member, alertId, ""),
    (member: typeof owner) => services.muteAlert(member, alertId, null),
    (member: typeof owner) => services.setMonitoring(member, id, {}, 1),
  ]) {
    expect(await codeOf(ask(viewer))).toBe("FORBIDDEN");
    expect(await codeOf(ask(stranger))).toBe("NOT_FOUND");
  }
  expect(await codeOf(services.acknowledgeAlert(owner, newAlert(), ""))).toBe("NOT_FOUND");
});

test("R-026: thresholds are changed for the organisation by admins, for a server by whoever tends it", async () => {
  const { services, tell, owner, as, trail, id } = await watched();
  const storage = (limit: number) => ({ ...DEFAULT_THRESHOLDS.storage, limit, clear: limit + 5 });
  expect(await codeOf(services.setMonitoring(as("operator"), null, {}, 1))).toBe("FORBIDDEN");
  const changed = await services.setMonitoring(owner, null, { storage: storage(3) }, 1);
  expect(changed).toMatchObject({ version: 2, effective: { storage: { limit: 3 }, cpu: { limit: 90 } } });
  expect(await codeOf(services.setMonitoring(owner, null, {}, 1))).toBe("VERSION_CONFLICT");
  await tell(full);
  expect((await services.alerts(owner, {}, PAGE)).items).toEqual([]);
  await services.setMonitoring(as("operator"), id, { storage: storage(6) }, 1);
  expect(await services.monitoring(as("operator"), id)).toMatchObject({
    effective: { storage: { limit: 6 } },
  });
  await tell(full);
  expect((await services.alerts(owner, {}, PAGE)).items).toMatchObject([{ limit: 6 }]);
  const wrong = { storage: { ...storage(6), clear: 2 } };
  expect(await codeOf(services.setMonitoring(owner, id, wrong, 2))).toBe("MESSAGE_INVALID");
  expect((await trail()).filter((action) => action === "monitoring.changed")).toHaveLength(2);
});
