import { AlertId, type ServerId, type ThresholdChanges } from "@fyr/protocol";
import type { Change } from "../../audit/store.ts";
import type { Stores } from "../../store/store.ts";
import type { TaskRecord } from "../../upgrades/task.ts";
import type { ServerRecord } from "../server.ts";
import type { AlertRecord } from "./alert.ts";
import { judgeAlerts } from "./judge.ts";
import { observations, overdue, type Observation } from "./observe.ts";
import type { ServerKey } from "./store.ts";
import { effective } from "./thresholds.ts";

interface Seen extends ServerKey {
  readonly seen: readonly Observation[];
}

export interface Tended {
  readonly now: number;
  /** Told just now, and told before and over now: whoever wants a mail wants it of these. */
  readonly opened: readonly AlertRecord[];
  readonly closed: readonly AlertRecord[];
  readonly trail: readonly Change[];
}

/** What reports and tasks say of servers, as far as it is watched. */
export function seenOf(servers: readonly ServerRecord[], tasks: readonly TaskRecord[], now: number): Seen[] {
  const byReport = servers
    .filter(({ state }) => state === "registered")
    .map(({ orgId, id, health }) => ({ orgId, serverId: id, seen: observations(health) }));
  const byTask = tasks
    .filter(({ server }) => server !== null)
    .map((task) => ({
      orgId: task.orgId,
      serverId: task.deviceId as unknown as ServerId,
      seen: [overdue(task, now)],
    }));
  return [...byReport, ...byTask];
}

/** Judges what was seen and writes what becomes of the alerts, in the transaction of what was seen. */
export async function tendAlerts(
  { monitor }: Pick<Stores, "monitor">,
  all: readonly Seen[],
  now: number,
  newId: () => string,
): Promise<Tended> {
  if (all.length === 0) return { now, opened: [], closed: [], trail: [] };
  const kept = await monitor.thresholds(all);
  const changesOf = (orgId: string, scope: string): ThresholdChanges =>
    kept.find((one) => one.orgId === orgId && one.scope === scope)?.changes ?? {};
  const living = new Map((await monitor.living(all)).map((alert) => [alert.id, alert]));
  const changed = new Map<AlertId, AlertRecord>();
  for (const { orgId, serverId, seen } of all) {
    const thresholds = effective(changesOf(orgId, orgId), changesOf(orgId, serverId));
    const theirs = [...living.values()].filter(
      (alert) => alert.orgId === orgId && alert.serverId === serverId && alert.closedAt === null,
    );
    const context = { orgId, serverId, now, thresholds, newId: () => AlertId.parse(newId()) };
    for (const alert of judgeAlerts(theirs, seen, context)) {
      living.set(alert.id, alert);
      changed.set(alert.id, alert);
    }
  }
  const alerts = [...changed.values()];
  await monitor.saveAlerts(alerts);
  return {
    now,
    opened: alerts.filter(({ state, openedAt }) => state === "open" && openedAt === now),
    closed: alerts.filter(({ closedAt, openedAt }) => closedAt === now && openedAt !== null),
    trail: alerts.flatMap((alert) => trailOf(alert, now)),
  };
}

/** What was told, and that it is over; values that move are no entries. */
function trailOf(alert: AlertRecord, now: number): Change[] {
  const { orgId, id, serverId, kind, part, value, limit, openedAt, closedAt } = alert;
  const entry = { orgId, at: now, actor: "hub", object: id, after: { serverId, kind, part, value, limit } };
  if (closedAt === now && openedAt !== null) return [{ ...entry, action: "alert.closed" }];
  return openedAt === now ? [{ ...entry, action: "alert.opened" }] : [];
}
