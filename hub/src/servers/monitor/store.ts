import type { AlertId, OrgId, Reach, ServerId, ThresholdChanges } from "@fyr/protocol";
import type { PageWish } from "../../ports.ts";
import type { AlertRecord } from "./alert.ts";

/** Whose thresholds: a server's, or the organisation's under its own id. */
export type Scope = ServerId | OrgId;

export interface KeptThresholds {
  readonly orgId: OrgId;
  readonly scope: Scope;
  readonly changes: ThresholdChanges;
  readonly version: number;
}

export interface ServerKey {
  readonly orgId: OrgId;
  readonly serverId: ServerId;
}

export interface AlertFilter {
  readonly serverId?: ServerId | undefined;
  /** True: those that last; false: those that are over. */
  readonly open?: boolean | undefined;
}

export interface MonitorStore {
  /** Of these servers and their organisations. */
  thresholds(servers: readonly ServerKey[]): Promise<KeptThresholds[]>;
  thresholdsOf(orgId: OrgId, scope: Scope): Promise<KeptThresholds | null>;
  saveThresholds(kept: KeptThresholds): Promise<void>;
  /** Alerts that are pending or open, locked. */
  living(servers: readonly ServerKey[]): Promise<AlertRecord[]>;
  /** New ones and changed ones. */
  saveAlerts(alerts: readonly AlertRecord[]): Promise<void>;
  /** Those that were told, of servers within `reach`, newest first; one more than wished when there are more. */
  alerts(orgId: OrgId, reach: Reach, filter: AlertFilter, wish: PageWish): Promise<AlertRecord[]>;
  /** One that was told, locked until the transaction ends. */
  lockAlert(orgId: OrgId, alertId: AlertId): Promise<AlertRecord | null>;
}
