import type {
  AgentId,
  FolderId,
  OrgId,
  ServerFacts,
  ServerHealth,
  ServerId,
  ServerStanding,
  ServerUid,
} from "@fyr/protocol";
import type { Registration, ServerRecord } from "../servers/server.ts";
import type { Row } from "./schema.ts";

type Told = Omit<ServerFacts, "devices" | "uid" | "name" | "version">;

export const toServer = (row: Row<"servers">): ServerRecord => ({
  orgId: row.org_id as OrgId,
  id: row.id as ServerId,
  state: row.state as Registration,
  facts: {
    ...(JSON.parse(row.facts) as Told),
    uid: row.uid as ServerUid,
    name: row.name,
    version: row.version ?? "unknown",
  },
  deviceCount: row.device_count,
  devicesHash: row.devices_hash,
  agentId: row.agent_id as AgentId,
  folderId: row.folder_id as FolderId,
  rivalId: row.rival_id as AgentId | null,
  health: JSON.parse(row.health) as ServerHealth,
  standing: JSON.parse(row.standing) as ServerStanding,
  registeredAt: row.registered_at,
  reportedAt: row.reported_at,
});

export const fromServer = (server: ServerRecord): Row<"servers"> => {
  const { uid, name, version, ...told } = server.facts;
  return {
    org_id: server.orgId,
    id: server.id,
    uid,
    state: server.state,
    name,
    version: version === "unknown" ? null : version,
    facts: JSON.stringify(told),
    agent_id: server.agentId,
    folder_id: server.folderId,
    rival_id: server.rivalId,
    devices_hash: server.devicesHash,
    health: JSON.stringify(server.health),
    standing: JSON.stringify(server.standing),
    device_count: server.deviceCount,
    registered_at: server.registeredAt,
    reported_at: server.reportedAt,
  };
};
