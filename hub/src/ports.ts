import type { AgentCa, ImageFacts } from "@fyr/certs";
import type {
  AgentId,
  AgentSlot,
  AgentSummary,
  AuditEntry,
  Device,
  DeviceId,
  Digest,
  Enrolment,
  EnrolRequest,
  Image,
  Order,
  Organisation,
  OrgId,
  Page,
  Presence,
  ProgressReport,
  Renewal,
  RenewRequest,
  SignedDocument,
  SyncRequest,
  SyncResponse,
  Task,
  TaskId,
  TaskPhase,
  Upgrade,
  UpgradeId,
} from "@fyr/protocol";
import type { Clock, Ids, Logger, Random } from "@fyr/runtime";

/**
 * The seams inside the hub. `createHub` takes the edges' abilities and gives the services; `http/`, `mqtt/` and
 * `cli/` only translate. `main.ts` alone makes the real things.
 */

/** Rings agents: work is waiting. Lossy; the next poll brings the work anyway. */
export interface Doorbell {
  ring(agents: readonly AgentId[]): void;
}

/** Open sockets of agents, to be cut at revocation. */
export interface Connections {
  cut(agentId: AgentId): void;
}

/** Signs an order for one agent (design.md D7). Synchronous Ed25519. */
export interface OrderSigner {
  sign(claims: { agentId: AgentId; sequence: number; expiresMs: number; body: Order }): SignedDocument;
}

/** What the publishers signed, as the hub serves it. */
export interface Releases {
  /** Null when no published image has that digest. */
  facts(digest: Digest): ImageFacts | null;
  all(): readonly ImageFacts[];
}

/** What every enrolled agent is told besides its certificate. */
export interface Welcome {
  readonly syncUrl: string;
  readonly mqttUrl: string | null;
  readonly root: string;
  readonly orderKeys: Enrolment["orderKeys"];
  readonly imageRoot: SignedDocument;
  /** SHA-256 (hex) of the root's public key, for enrolment codes. */
  readonly rootKeyHash: string;
}

export interface HubPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly doorbell: Doorbell;
  readonly connections: Connections;
  readonly orders: OrderSigner;
  readonly releases: Releases;
  readonly ca: AgentCa;
  readonly welcome: Welcome;
  readonly settings: {
    /** Poll of an idle agent, and of one that has work. */
    readonly idlePollMs: number;
    readonly busyPollMs: number;
    readonly leaseMs: number;
    readonly codeMs: number;
  };
}

/** An agent as its certificate proves it, with the database's word that the certificate still counts. */
export interface AgentIdentity {
  readonly orgId: OrgId;
  readonly agentId: AgentId;
  readonly certificateSerial: string;
}

/** Who did it, for the audit: `operator`, `agent:<id>`, later a person. */
export type Actor = string;

export interface AgentDoor {
  /**
   * Asks the database on every request.
   *
   * @param graceMs how long after its end a certificate still counts: 0 but for a renewal (security.md 7.4)
   * @throws Fault CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED
   */
  authenticate(certificateSerial: string, graceMs?: number): Promise<AgentIdentity>;
  enrol(request: EnrolRequest, tlsExporter: Uint8Array): Promise<Enrolment>;
  renew(identity: AgentIdentity, request: RenewRequest): Promise<Renewal>;
  /** Null when there is nothing to say. Resolves when everything that it acknowledges is on disk. */
  sync(
    identity: AgentIdentity,
    request: SyncRequest,
  ): Promise<{ answer: SyncResponse | null; nextPollMs: number }>;
  presence(identity: AgentIdentity, presence: Presence): void;
  progress(identity: AgentIdentity, report: ProgressReport): void;
}

export interface PageWish {
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Services behind the public API. Every change leaves one audit entry in its own transaction. */
export interface Services {
  createOrganisation(actor: Actor, name: string): Promise<Organisation>;
  organisations(page: PageWish): Promise<Page<Organisation>>;
  organisation(orgId: OrgId): Promise<Organisation>;
  /** `enrolUrl` is added by the edge that knows it. */
  createAgent(actor: Actor, orgId: OrgId, name: string): Promise<Omit<AgentSlot, "enrolUrl">>;
  agents(orgId: OrgId, page: PageWish): Promise<Page<AgentSummary>>;
  revokeAgent(actor: Actor, orgId: OrgId, agentId: AgentId): Promise<AgentSummary>;
  devices(orgId: OrgId, page: PageWish): Promise<Page<Device>>;
  device(orgId: OrgId, deviceId: DeviceId): Promise<Device>;
  images(page: PageWish): Promise<Page<Image>>;
  /** Writes the audit entry of an import, after the bytes and the metadata are in place. */
  imageImported(actor: Actor, facts: ImageFacts): Promise<Image>;
  /** Writes the audit entry of metadata that publishers signed elsewhere, once it is served; files by name. */
  imagesPublished(actor: Actor, files: readonly string[]): Promise<void>;
  /**
   * All targets or none. The same key with the same body gives the same answer for 48 hours; another body is
   * IDEMPOTENCY_MISMATCH.
   */
  createUpgrade(
    actor: Actor,
    orgId: OrgId,
    wish: {
      targets: readonly { deviceId: DeviceId; digest: Digest }[];
      backup: Order["backup"];
      deadline?: number | undefined;
    },
    idempotencyKey: string | undefined,
  ): Promise<Upgrade>;
  upgrade(orgId: OrgId, upgradeId: UpgradeId): Promise<Upgrade>;
  upgrades(orgId: OrgId, page: PageWish): Promise<Page<Upgrade>>;
  tasks(
    orgId: OrgId,
    filter: { upgradeId?: UpgradeId | undefined; phase?: TaskPhase | undefined },
    page: PageWish,
  ): Promise<Page<Task>>;
  task(orgId: OrgId, taskId: TaskId): Promise<Task>;
  /** @throws Fault CANCEL_TOO_LATE, CANCEL_FINISHED */
  cancelTask(actor: Actor, orgId: OrgId, taskId: TaskId): Promise<Task>;
  audit(orgId: OrgId, page: PageWish): Promise<Page<AuditEntry>>;
}

export interface Hub {
  readonly door: AgentDoor;
  readonly services: Services;
  /** Starts the scheduler: leases, back-off, deadlines. */
  start(): void;
  /** Stops it and waits for what is being written. */
  stop(): Promise<void>;
}
