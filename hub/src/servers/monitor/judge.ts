import type { AlertId, OrgId, ServerId, Thresholds } from "@fyr/protocol";
import type { AlertRecord } from "./alert.ts";
import type { Observation } from "./observe.ts";
import { isBeyond, isClear } from "./thresholds.ts";

export interface JudgeContext {
  readonly orgId: OrgId;
  readonly serverId: ServerId;
  readonly now: number;
  readonly thresholds: Thresholds;
  readonly newId: () => AlertId;
}

const MINUTE = 60_000;
const keyOf = ({ kind, part }: Pick<AlertRecord, "kind" | "part">): string => `${kind} ${part}`;

/**
 * What a report makes of a server's alerts: those that are new or changed. A value that is unknown changes nothing; what
 * is no longer reported at all, such as a volume that was taken out, ends its alert.
 *
 * @param living the server's alerts that are pending or open; those of kinds that `seen` says nothing of stay
 */
export function judgeAlerts(
  living: readonly AlertRecord[],
  seen: readonly Observation[],
  context: JudgeContext,
): AlertRecord[] {
  const known = new Map(living.map((alert) => [keyOf(alert), alert]));
  const changed = seen.flatMap((observation) => {
    const before = known.get(keyOf(observation));
    const after = judged(before, observation, context);
    return after && after !== before ? [after] : [];
  });
  const named = new Set(seen.map(keyOf));
  const kinds = new Set(seen.map(({ kind }) => kind));
  const gone = living.filter((alert) => !named.has(keyOf(alert)) && kinds.has(alert.kind));
  return [...changed, ...gone.map((alert) => closed(alert, alert.value, context.now))];
}

function judged(
  before: AlertRecord | undefined,
  { kind, part, value }: Observation,
  context: JudgeContext,
): AlertRecord | undefined {
  const { limit, clear, minutes, enabled } = context.thresholds[kind];
  if (!enabled) return before && closed(before, before.value, context.now);
  if (value === "unknown") return before;
  if (!before)
    return isBeyond(kind, value, limit) ? begun({ kind, part, value }, limit, minutes, context) : undefined;
  if (isClear(kind, value, clear)) return closed(before, value, context.now);
  // What has not been told yet is forgotten as soon as it is within the limit again.
  if (before.state === "pending" && !isBeyond(kind, value, limit)) return closed(before, value, context.now);
  const told = before.value === value && before.limit === limit ? before : { ...before, value, limit };
  const due = before.state === "pending" && context.now - before.since >= minutes * MINUTE;
  return due ? { ...told, state: "open", openedAt: context.now } : told;
}

function begun(
  { kind, part, value }: Observation & { value: number },
  limit: number,
  minutes: number,
  { orgId, serverId, now, newId }: JudgeContext,
): AlertRecord {
  const open = minutes === 0;
  return {
    ...{ orgId, id: newId(), serverId, kind, part, state: open ? "open" : "pending", value, limit },
    ...{ since: now, openedAt: open ? now : null, closedAt: null },
    ...{ acknowledgedAt: null, acknowledgedBy: null, comment: "", mutedUntil: null },
  };
}

const closed = (alert: AlertRecord, value: number, now: number): AlertRecord => ({
  ...alert,
  value,
  state: "closed",
  closedAt: now,
});
