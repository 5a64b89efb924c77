import {
  Fault,
  reachOf,
  type Alert,
  type AlertId,
  type Monitoring,
  type Page,
  type ServerId,
  type ThresholdChanges,
} from "@fyr/protocol";
import { demand, type Member } from "../../access/member.ts";
import type { Change } from "../../audit/store.ts";
import { pageOf } from "../../paging.ts";
import type { HubPorts, PageWish } from "../../ports.ts";
import type { HubStore, Stores } from "../../store/store.ts";
import { serverFor } from "../service.ts";
import type { AlertRecord } from "./alert.ts";
import type { AlertFilter } from "./store.ts";
import { contradictions, effective } from "./thresholds.ts";

/** What is watched at servers and told of them. A null server means the whole organisation. */
export interface MonitorService {
  monitoring(member: Member, serverId: ServerId | null): Promise<Monitoring>;
  /** @throws Fault VERSION_CONFLICT; MESSAGE_INVALID for a `clear` on the wrong side of its limit */
  setMonitoring(
    member: Member,
    serverId: ServerId | null,
    changes: ThresholdChanges,
    version: number,
  ): Promise<Monitoring>;
  /** Newest first. */
  alerts(member: Member, filter: AlertFilter, page: PageWish): Promise<Page<Alert>>;
  acknowledgeAlert(member: Member, alertId: AlertId, comment: string): Promise<Alert>;
  /** Nobody is sent word of it until then; null ends that. */
  muteAlert(member: Member, alertId: AlertId, until: number | null): Promise<Alert>;
}

/** Where nobody changed anything. */
const UNCHANGED = { changes: {}, version: 1 } as const;

const showAlert = ({ orgId: _, ...alert }: AlertRecord): Alert => {
  const { id, serverId, kind, part, value, limit, since, openedAt, closedAt, mutedUntil } = alert;
  const { acknowledgedAt: at, acknowledgedBy: by, comment } = alert;
  return {
    ...{ id, serverId, kind, part, value, limit, since, openedAt: openedAt ?? since, closedAt, mutedUntil },
    acknowledged: at === null || by === null ? null : { at, by, comment },
  };
};

export function monitorService({ clock }: Pick<HubPorts, "clock">, store: HubStore): MonitorService {
  async function levels(stores: Stores, { orgId }: Member, serverId: ServerId | null) {
    const org = (await stores.monitor.thresholdsOf(orgId, orgId)) ?? UNCHANGED;
    if (serverId === null) return { own: org, above: {} };
    return { own: (await stores.monitor.thresholdsOf(orgId, serverId)) ?? UNCHANGED, above: org.changes };
  }

  /** The organisation's rules are its admins' to change; a server's whoever tends it. */
  async function demandChange(stores: Stores, member: Member, serverId: ServerId | null): Promise<void> {
    if (serverId === null) demand(member, "alert.rules");
    else await serverFor(stores, member, "server.tend", serverId);
  }

  async function change(
    member: Member,
    alertId: AlertId,
    action: string,
    next: (alert: AlertRecord, now: number) => AlertRecord,
  ): Promise<Alert> {
    const { orgId, actor } = member;
    const now = clock.wall();
    return store.write(async (stores) => {
      const before = await stores.monitor.lockAlert(orgId, alertId);
      if (!before) throw new Fault("NOT_FOUND");
      await serverFor(stores, member, "server.tend", before.serverId);
      const after = next(before, now);
      await stores.monitor.saveAlerts([after]);
      const { comment, mutedUntil } = after;
      const entry: Change = {
        orgId,
        at: now,
        actor,
        action,
        object: alertId,
        after: { comment, mutedUntil },
      };
      await stores.audit.append([entry]);
      return showAlert(after);
    });
  }

  return {
    async monitoring(member, serverId) {
      if (serverId !== null) await serverFor(store.read, member, "server.monitor", serverId);
      const { own, above } = await levels(store.read, member, serverId);
      return {
        changes: own.changes,
        effective: { ...effective(above, own.changes) },
        version: own.version,
      };
    },
    async setMonitoring(member, serverId, changes, version) {
      const { orgId, actor } = member;
      const wrong = contradictions(changes);
      if (wrong.length > 0) throw new Fault("MESSAGE_INVALID", { problems: wrong });
      const now = clock.wall();
      return store.write(async (stores) => {
        await demandChange(stores, member, serverId);
        const { own, above } = await levels(stores, member, serverId);
        if (own.version !== version) throw new Fault("VERSION_CONFLICT", { version: own.version });
        const scope = serverId ?? orgId;
        await stores.monitor.saveThresholds({ orgId, scope, changes, version: version + 1 });
        const entry = { orgId, at: now, actor, action: "monitoring.changed", object: scope };
        await stores.audit.append([{ ...entry, before: own.changes, after: changes }]);
        return { changes, effective: { ...effective(above, changes) }, version: version + 1 };
      });
    },
    async alerts(member, filter, wish) {
      if (filter.serverId !== undefined) await serverFor(store.read, member, "alert.read", filter.serverId);
      const reach = reachOf(member, "alert.read");
      const found = await store.read.monitor.alerts(member.orgId, reach, filter, wish);
      return pageOf(found, wish, ({ id }) => id, showAlert);
    },
    acknowledgeAlert: (member, alertId, comment) =>
      change(member, alertId, "alert.acknowledged", (alert, now) => ({
        ...alert,
        ...{ acknowledgedAt: now, acknowledgedBy: member.actor, comment },
      })),
    muteAlert: (member, alertId, until) =>
      change(member, alertId, "alert.muted", (alert) => ({ ...alert, mutedUntil: until })),
  };
}
