import { DEFAULT_THRESHOLDS, FolderId } from "@fyr/protocol";
import { expect, test } from "vitest";
import type { HubStore } from "../../store/store.ts";
import { newAlert, newOrg, newServer } from "../../testing/records.ts";
import { serverRecord } from "../../testing/server.ts";
import type { AlertRecord } from "./alert.ts";

const alertRecord = (facts: Partial<AlertRecord> = {}): AlertRecord => ({
  ...{ orgId: newOrg(), id: newAlert(), serverId: newServer(), kind: "storage", part: "D:", state: "open" },
  ...{ value: 7.5, limit: 10, since: 1, openedAt: 1, closedAt: null },
  ...{ acknowledgedAt: null, acknowledgedBy: null, comment: "", mutedUntil: null },
  ...facts,
});

export function monitorStoreContract(name: string, stores: () => HubStore): void {
  const save = (...alerts: AlertRecord[]) => stores().write(({ monitor }) => monitor.saveAlerts(alerts));
  const page = { limit: 9 };

  test(`${name}: an alert is what was saved; of what lasts there is one of a kind`, async () => {
    const alert = alertRecord();
    const { orgId, serverId } = alert;
    await save(alert);
    const { monitor } = stores().read;
    expect(await monitor.living([{ orgId, serverId }])).toEqual([alert]);
    expect(await monitor.living([{ orgId: newOrg(), serverId }])).toEqual([]);
    await expect(save({ ...alert, id: newAlert() })).rejects.toThrow();
    const over = { ...alert, state: "closed", closedAt: 5, value: 20.5 } as const;
    const next = { ...alert, id: newAlert(), since: 5, openedAt: 5 };
    await save(next, over);
    expect(await monitor.living([{ orgId, serverId }])).toEqual([next]);
    expect(await monitor.alerts(orgId, "everywhere", {}, page)).toEqual([next, over]);
    expect(await monitor.alerts(orgId, "everywhere", { open: true, serverId }, page)).toEqual([next]);
    expect(await monitor.alerts(orgId, "everywhere", { open: false }, page)).toEqual([over]);
    const first = await monitor.alerts(orgId, "everywhere", {}, { limit: 1 });
    expect(first).toHaveLength(2);
    expect(await monitor.alerts(orgId, "everywhere", {}, { after: next.id, limit: 9 })).toEqual([over]);
    const seen = await stores().write((tx) => tx.monitor.lockAlert(orgId, next.id));
    expect(seen).toEqual(next);
    expect(await stores().write((tx) => tx.monitor.lockAlert(newOrg(), next.id))).toBeNull();
  });

  test(`${name}: what was not told yet is shown to nobody; alerts are seen where their servers are`, async () => {
    const server = serverRecord();
    const { orgId, id: serverId } = server;
    const nothing = { links: [], tasks: [], events: [], ackedCommands: [], proved: [], devices: [], now: 0 };
    await stores().write(({ syncs }) => syncs.save({ ...nothing, servers: [server], recorded: [] }));
    const waiting = alertRecord({ orgId, serverId, kind: "cpu", part: "", state: "pending", openedAt: null });
    const told = alertRecord({ orgId, serverId });
    await save(waiting, told);
    const { monitor } = stores().read;
    expect(await monitor.alerts(orgId, "everywhere", {}, page)).toEqual([told]);
    expect(await monitor.alerts(orgId, [FolderId.parse(newServer())], {}, page)).toEqual([]);
    expect(await stores().write((tx) => tx.monitor.lockAlert(orgId, waiting.id))).toBeNull();
  });

  test(`${name}: thresholds are kept for an organisation and for a server`, async () => {
    const [orgId, serverId] = [newOrg(), newServer()];
    const kept = (scope: typeof orgId | typeof serverId, version: number) => ({
      ...{ orgId, scope, version, changes: { cpu: { ...DEFAULT_THRESHOLDS.cpu, limit: 50 + version } } },
    });
    const keep = (one: ReturnType<typeof kept>) =>
      stores().write(({ monitor }) => monitor.saveThresholds(one));
    const { monitor } = stores().read;
    expect(await monitor.thresholdsOf(orgId, orgId)).toBeNull();
    for (const one of [kept(orgId, 2), kept(serverId, 2), kept(serverId, 3)]) await keep(one);
    expect(await monitor.thresholdsOf(orgId, serverId)).toEqual(kept(serverId, 3));
    const all = await monitor.thresholds([{ orgId, serverId }]);
    expect(all).toHaveLength(2);
    expect(all).toEqual(expect.arrayContaining([kept(orgId, 2), kept(serverId, 3)]));
    expect(await monitor.thresholds([{ orgId: newOrg(), serverId }])).toEqual([]);
  });
}
