import type {
  AgentId,
  FolderId,
  OrgId,
  ServerFacts,
  ServerHealth,
  ServerId,
  ServerStanding,
} from "@fyr/protocol";

/**
 * `registered`: here and nowhere else. `elsewhere`: told of here while another organisation has it. `unregistered`:
 * taken out by a person, and kept so that the same agent does not bring it back.
 */
export type Registration = "registered" | "elsewhere" | "unregistered";

/** A host with AXIS Camera Station Pro as the hub keeps it. */
export interface ServerRecord {
  readonly orgId: OrgId;
  readonly id: ServerId;
  readonly state: Registration;
  /** What it says of itself; the devices that it records are kept beside it. */
  readonly facts: Omit<ServerFacts, "devices">;
  /** Null while the host cannot tell. */
  readonly deviceCount: number | null;
  readonly devicesHash: string | null;
  readonly agentId: AgentId;
  readonly folderId: FolderId;
  /** Another agent that told of the same machine while this one was there: a clone. */
  readonly rivalId: AgentId | null;
  readonly health: ServerHealth;
  readonly standing: ServerStanding;
  readonly registeredAt: number;
  /** The hub's clock when its agent last told of it. */
  readonly reportedAt: number;
}

/** The version that it runs, null when its host cannot tell. */
export const versionOf = ({ facts: { version } }: Pick<ServerRecord, "facts">) =>
  version === "unknown" ? null : version;
