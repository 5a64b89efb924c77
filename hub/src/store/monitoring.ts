import type { AlertId, AlertKind, OrgId, ServerId, ThresholdChanges } from "@fyr/protocol";
import { sql } from "kysely";
import type { AlertRecord } from "../servers/monitor/alert.ts";
import type { KeptThresholds, MonitorStore, Scope, ServerKey } from "../servers/monitor/store.ts";
import { bulkInsert, cells } from "./bulk.ts";
import { locked, type Database, type Key } from "./database.ts";
import { folderWithin } from "./reach.ts";
import type { Row } from "./schema.ts";
import type { Access } from "./tables.ts";

const CHANGING = [
  ...(["state", "measured", "threshold", "opened_at", "closed_at"] as const),
  ...(["acknowledged_at", "acknowledged_by", "comment", "muted_until"] as const),
];
const SAVE = bulkInsert(
  "alerts",
  `(org_id, id) do update set ${CHANGING.map((column) => `"${column}" = excluded."${column}"`).join(", ")}`,
);
const SAVE_THRESHOLDS = bulkInsert(
  "thresholds",
  "(org_id, scope) do update set changes = excluded.changes, version = excluded.version",
);

const toAlert = (row: Row<"alerts">): AlertRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as AlertId,
  serverId: row.server_id as ServerId,
  kind: row.kind as AlertKind,
  part: row.part,
  state: row.state as AlertRecord["state"],
  value: Number(row.measured),
  limit: Number(row.threshold),
  since: row.since,
  openedAt: row.opened_at,
  closedAt: row.closed_at,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  comment: row.comment,
  mutedUntil: row.muted_until,
});

const fromAlert = (alert: AlertRecord): Row<"alerts"> => ({
  org_id: alert.orgId,
  id: alert.id,
  server_id: alert.serverId,
  kind: alert.kind,
  part: alert.part,
  state: alert.state,
  measured: String(alert.value),
  threshold: String(alert.limit),
  since: alert.since,
  opened_at: alert.openedAt,
  closed_at: alert.closedAt,
  acknowledged_at: alert.acknowledgedAt,
  acknowledged_by: alert.acknowledgedBy,
  comment: alert.comment,
  muted_until: alert.mutedUntil,
});

const toThresholds = (row: Row<"thresholds">): KeptThresholds => ({
  orgId: row.org_id as OrgId,
  scope: row.scope as Scope,
  changes: JSON.parse(row.changes) as ThresholdChanges,
  version: row.version,
});

const keyOf = ({ orgId, serverId }: ServerKey): Key => [orgId, serverId];

export const monitorStore = (database: Database, reach: Access): MonitorStore => ({
  ...keptThresholds(database, reach),
  ...keptAlerts(database, reach),
});

function keptThresholds(
  database: Database,
  { within, acrossOrgs }: Access,
): Pick<MonitorStore, "thresholds" | "thresholdsOf" | "saveThresholds"> {
  return {
    async thresholds(servers) {
      if (servers.length === 0) return [];
      const scopes = servers.flatMap((server): Key[] => [keyOf(server), [server.orgId, server.orgId]]);
      const query = acrossOrgs
        .selectFrom("thresholds")
        .selectAll()
        .where(({ ref }) => database.amongKeys([ref("org_id"), ref("scope")], scopes));
      return (await query.execute()).map(toThresholds);
    },
    async thresholdsOf(orgId, scope) {
      const query = within(orgId).from("thresholds").selectAll().where("scope", "=", scope);
      const row = await locked(database, query).executeTakeFirst();
      return row ? toThresholds(row) : null;
    },
    async saveThresholds({ orgId, scope, changes, version }) {
      const row = { org_id: orgId, scope, changes: JSON.stringify(changes), version };
      await database.bulk(acrossOrgs, SAVE_THRESHOLDS, cells(SAVE_THRESHOLDS, [row]));
    },
  };
}

function keptAlerts(
  database: Database,
  { within, acrossOrgs }: Access,
): Pick<MonitorStore, "living" | "saveAlerts" | "alerts" | "lockAlert"> {
  return {
    async living(servers) {
      if (servers.length === 0) return [];
      const query = acrossOrgs
        .selectFrom("alerts")
        .selectAll()
        .where(({ ref }) => database.amongKeys([ref("org_id"), ref("server_id")], servers.map(keyOf)))
        .where("closed_at", "is", null)
        .orderBy("id");
      return (await locked(database, query).execute()).map(toAlert);
    },
    async saveAlerts(alerts) {
      // What ended is written first: its successor may take its place in the same moment.
      const inOrder = [...alerts].sort((a, b) => Number(a.closedAt === null) - Number(b.closedAt === null));
      await database.bulk(acrossOrgs, SAVE, cells(SAVE, inOrder.map(fromAlert)));
    },
    async alerts(orgId, reach, { serverId, open }, { after, limit }) {
      let query = within(orgId)
        .from("alerts")
        .selectAll()
        .where("opened_at", "is not", null)
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (reach !== "everywhere")
        query = query.where(
          ({ ref }) => sql<boolean>`${ref("server_id")} in (select servers.id from servers
            where servers.org_id = ${orgId}
            and ${folderWithin(database, orgId, sql<string>`servers.folder_id`, reach)})`,
        );
      if (serverId !== undefined) query = query.where("server_id", "=", serverId);
      if (open !== undefined) query = query.where("closed_at", open ? "is" : "is not", null);
      if (after !== undefined) query = query.where("id", "<", after);
      return (await query.execute()).map(toAlert);
    },
    async lockAlert(orgId, alertId) {
      const query = within(orgId)
        .from("alerts")
        .selectAll()
        .where("id", "=", alertId)
        .where("opened_at", "is not", null);
      const row = await locked(database, query).executeTakeFirst();
      return row ? toAlert(row) : null;
    },
  };
}
