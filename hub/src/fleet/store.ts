import type { AgentId, DeviceId, DeviceReport, FolderId, OrgId, Reach, TaskId } from "@fyr/protocol";
import type { PageWish } from "../ports.ts";

/** A device as the hub keeps it. */
export interface DeviceRecord extends DeviceReport {
  readonly orgId: OrgId;
  readonly id: DeviceId;
  /** The agent that reported it last. */
  readonly agentId: AgentId;
  /** The hub's clock when the agent last said that it is there. */
  readonly presentAt: number;
  readonly folderId: FolderId;
}

/** A device with the task that is open for it. */
export interface DeviceWithTask extends DeviceRecord {
  readonly activeTaskId: TaskId | null;
}

export interface AgentRecord {
  readonly orgId: OrgId;
  readonly id: AgentId;
  readonly name: string;
  readonly state: "invited" | "enrolled" | "revoked";
  readonly createdAt: number;
  readonly agentVersion: string | null;
  readonly lastSeenAt: number | null;
  /** End of the newest certificate that still counts. */
  readonly certificateUntil: number | null;
  readonly folderId: FolderId;
}

export interface Sighting {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly at: number;
}

/** Which devices are asked for, besides those that may be seen. */
export interface DeviceFilter {
  readonly folderId?: FolderId | undefined;
  /** Also those in the folders below; true when left out. */
  readonly below?: boolean | undefined;
  /** Part of the name, in either case (of a to z). */
  readonly name?: string | undefined;
}

export interface FleetStore {
  /** Those within `reach` by id, oldest first; one more than wished when there are more. */
  agents(orgId: OrgId, reach: Reach, wish: PageWish): Promise<AgentRecord[]>;
  agent(orgId: OrgId, agentId: AgentId): Promise<AgentRecord | null>;
  /** Those within `reach`, by id, oldest first; one more than wished when there are more. */
  devices(orgId: OrgId, reach: Reach, wish: PageWish, filter?: DeviceFilter): Promise<DeviceWithTask[]>;
  /** How many `devices` would give on all its pages. */
  countDevices(orgId: OrgId, reach: Reach, filter?: DeviceFilter): Promise<number>;
  /** Those of `ids` that exist here. */
  devicesNamed(orgId: OrgId, ids: readonly DeviceId[]): Promise<DeviceRecord[]>;
  moveDevices(orgId: OrgId, ids: readonly DeviceId[], folderId: FolderId): Promise<void>;
  device(orgId: OrgId, deviceId: DeviceId): Promise<DeviceWithTask | null>;
  /** Those of `ids` that exist here, locked until the transaction ends: nobody else plans for them meanwhile. */
  lockDevices(orgId: OrgId, ids: readonly DeviceId[]): Promise<DeviceRecord[]>;
  /** A row in which the hub keeps what it and this agent agreed on last. */
  insertLink(orgId: OrgId, agentId: AgentId): Promise<void>;
  /** Writes when agents were last heard of; older sightings change nothing. */
  seen(sightings: readonly Sighting[]): Promise<void>;
}
