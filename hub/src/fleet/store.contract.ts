import { expect, test } from "vitest";
import { deviceRecord, newAgent, newOrg, slotRecord, taskRecord } from "../testing/records.ts";
import type { HubStore } from "../store/store.ts";
import type { DeviceRecord } from "./store.ts";

const NOTHING = {
  links: [],
  tasks: [],
  events: [],
  ackedCommands: [],
  proved: [],
  devices: [],
  servers: [],
  recorded: [],
  now: 0,
};

export function fleetStoreContract(name: string, stores: () => HubStore): void {
  const insert = (devices: readonly DeviceRecord[]) =>
    stores().write(({ syncs }) => syncs.save({ ...NOTHING, devices }));

  test(`${name}: devices come in pages, each once, and never from another organisation`, async () => {
    const [orgId, agentId] = [newOrg(), newAgent()];
    const mine = Array.from({ length: 5 }, () => deviceRecord({ orgId, agentId }));
    const foreign = deviceRecord({ agentId, serial: mine[0]!.serial });
    await insert([...mine, foreign]);
    const { fleet } = stores().read;
    const first = await fleet.devices(orgId, "everywhere", { limit: 2 });
    expect(first.map(({ id }) => id)).toEqual(mine.slice(0, 3).map(({ id }) => id));
    const rest = await fleet.devices(orgId, "everywhere", { after: first[1]!.id, limit: 10 });
    expect(rest).toEqual(mine.slice(2).map((device) => ({ ...device, activeTaskId: null })));
    expect(await fleet.device(orgId, foreign.id)).toBeNull();
    expect(await fleet.device(foreign.orgId, foreign.id)).toMatchObject({ id: foreign.id });
  });

  test(`${name}: a device keeps its id and its folder when it is reported again, by whomever`, async () => {
    const device = deviceRecord({ trouble: "unreachable" });
    await insert([device]);
    const again = {
      ...deviceRecord(),
      orgId: device.orgId,
      serial: device.serial,
      address: "10.9.9.9:80",
      presentAt: 77,
    };
    await insert([again]);
    const found = await stores().read.fleet.device(device.orgId, device.id);
    expect(found).toEqual({ ...again, id: device.id, folderId: device.folderId, activeTaskId: null });
  });

  test(`${name}: a device shows the task that is open for it`, async () => {
    const device = deviceRecord();
    await insert([device]);
    const facts = { orgId: device.orgId, deviceId: device.id };
    const [over, open] = [taskRecord({ ...facts, phase: "failed", endedAt: 1 }), taskRecord(facts)];
    await stores().write(({ upgrades }) => upgrades.insertTasks([over, open]));
    expect((await stores().read.fleet.device(device.orgId, device.id))?.activeTaskId).toBe(open.id);
  });

  test(`${name}: an agent shows its newest certificate that counts, and when it was seen`, async () => {
    const slot = slotRecord();
    const { orgId, agentId } = slot;
    const times = { notBefore: 0, issuedAt: 0, firstUsedAt: null };
    const record = { orgId, agentId, chain: "PEM", ...times };
    await stores().write(async ({ enrolment, fleet }) => {
      await enrolment.insertSlot(slot);
      await fleet.insertLink(orgId, agentId);
      const keys = { a: `${agentId} a`, b: `${agentId} b` };
      await enrolment.insertCertificate({
        ...record,
        serial: keys.a,
        keyHash: keys.a,
        notAfter: 100,
        revokedAt: null,
      });
      await enrolment.insertCertificate({
        ...record,
        serial: keys.b,
        keyHash: keys.b,
        notAfter: 900,
        revokedAt: 5,
      });
    });
    await stores().write(({ fleet }) => fleet.seen([{ orgId, agentId, at: 55 }]));
    const { fleet } = stores().read;
    const agent = { certificateUntil: 100, lastSeenAt: 55, state: "invited", agentVersion: null };
    expect(await fleet.agent(orgId, agentId)).toMatchObject(agent);
    expect(await fleet.agents(orgId, "everywhere", { limit: 5 })).toMatchObject([agent]);
    expect(await fleet.agent(newOrg(), agentId)).toBeNull();
    expect(await fleet.agents(newOrg(), "everywhere", { limit: 5 })).toEqual([]);
  });
}
