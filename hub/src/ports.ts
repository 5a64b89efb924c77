import type { AgentCa, ImageFacts } from "@fyr/certs";
import type {
  AgentId,
  AgentSlot,
  AgentSummary,
  AuditEntry,
  Device,
  DeviceId,
  Digest,
  EmailAddress,
  Enrolment,
  EnrolRequest,
  FolderId,
  HubKey,
  Image,
  Order,
  Organisation,
  OrgId,
  Page,
  Presence,
  ProgressReport,
  Renewal,
  RenewRequest,
  ServerOrder,
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
import type { Caller, Person, Service, SessionStanding } from "./access/caller.ts";
import type { Member } from "./access/member.ts";
import type { MonitorService } from "./servers/monitor/service.ts";
import type { ServerService } from "./servers/service.ts";
import type { LicenceDay } from "./licences/daily.ts";
import type { LicenceServices } from "./licences/services.ts";
import type { LicenceFiles } from "./licences/systems.ts";
import type { ServerUpgradeService } from "./servers/upgrade-service.ts";
import type { Membership, PrincipalId } from "./access/store.ts";
import type { LiveStreams } from "./live/streams.ts";
import type { AuditFilter, AuditWish } from "./audit/store.ts";
import type { ExportSigner } from "./exports/signed-lines.ts";
import type { PasswordHasher } from "./accounts/passwords.ts";
import type { Sealing } from "./accounts/sealing.ts";
import type { AccountServices } from "./accounts/service.ts";
import type { InvitationService } from "./invitations/service.ts";
import type { MailTransport } from "./mail/sender.ts";
import type { DeviceMoves } from "./fleet/move-devices.ts";
import type { DeviceFilter } from "./fleet/store.ts";
import type { FolderServices } from "./folders/service.ts";
import type { MemberService } from "./members/service.ts";
import type { NewsService } from "./news/service.ts";
import type { ServiceAccountService } from "./service-accounts/service.ts";
import type { ArchiveServices } from "./organisations/archive.ts";
import type { OrganisationEdits } from "./organisations/edit.ts";
import type { SupportServices } from "./organisations/support.ts";

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
  sign(claims: {
    agentId: AgentId;
    sequence: number;
    expiresMs: number;
    body: Order | ServerOrder;
  }): SignedDocument;
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
  readonly exports: ExportSigner;
  readonly licenceFiles: LicenceFiles;
  readonly releases: Releases;
  readonly ca: AgentCa;
  readonly welcome: Welcome;
  readonly passwords: PasswordHasher;
  readonly sealing: Sealing;
  /** Null when no mail server is configured: mails wait in the outbox, where the operator reads them. */
  readonly mail: MailTransport | null;
  /** Where the hub's operator is told what customers' licences bring; without one it stands in the hub's audit alone. */
  readonly operatorMail?: EmailAddress | undefined;
  /** Where people reach the console, without a slash at the end: for links in mails. */
  origin(): string;
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

/** Who did it, for the audit: `account:<id>`, `service:<id>`, `agent:<id>`, `operator`. */
export type Actor = string;

/** What the gate of the API asks about whoever knocks; every answer is the database's, at that moment. */
export interface Gatekeeper {
  /** Null for a token that means nothing, any more. */
  session(token: string): Promise<SessionStanding | null>;
  key(token: string): Promise<Service | null>;
  membership(orgId: OrgId, principalId: PrincipalId): Promise<Membership | null>;
  /** When the organisation was archived, for somebody who was a member once; null for everybody else. */
  archivedFor(orgId: OrgId, principalId: PrincipalId): Promise<number | null>;
}

export interface AgentDoor {
  /**
   * Asks the database on every request.
   *
   * @param graceMs how long after its end a certificate still counts: 0 but for a renewal (security.md 7.4)
   * @throws Fault CERTIFICATE_UNKNOWN, CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, ORG_ARCHIVED
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

/** A file that is made while it is read. */
export interface ExportedFile {
  readonly name: string;
  /** Media type. */
  readonly type: string;
  readonly text: AsyncIterable<string>;
}

/**
 * Services behind the public API. Every change leaves one audit entry in its own transaction. Whoever calls with a
 * member may do the thing somewhere in the organisation; where it may be done to this one, the service decides.
 */
export interface Services
  extends
    ServerService,
    ServerUpgradeService,
    MonitorService,
    DeviceMoves,
    NewsService,
    OrganisationEdits,
    ArchiveServices,
    SupportServices {
  /** Fails when the database does not answer. */
  alive(): Promise<void>;
  /** Whoever makes it owns it. An idempotency key is one of the founder's account. */
  createOrganisation(
    founder: Pick<Person, "accountId">,
    wish: { name: string; notes?: string | undefined },
    idempotencyKey?: string,
  ): Promise<Organisation>;
  /** Those that the caller is a member of; the archived ones that it owned, when those are asked for. */
  organisations(
    caller: Caller,
    page: PageWish & { readonly archived?: boolean | undefined },
  ): Promise<Page<Organisation>>;
  organisation(member: Member): Promise<Organisation>;
  readonly accounts: AccountServices;
  readonly folders: FolderServices;
  readonly members: MemberService;
  readonly invitations: InvitationService;
  readonly serviceAccounts: ServiceAccountService;
  /** `enrolUrl` is added by the edge that knows it. */
  createAgent(
    member: Member,
    wish: { name: string; folderId?: FolderId | undefined },
  ): Promise<Omit<AgentSlot, "enrolUrl">>;
  agents(member: Member, page: PageWish): Promise<Page<AgentSummary>>;
  revokeAgent(member: Member, agentId: AgentId): Promise<AgentSummary>;
  /** @throws Fault NOT_FOUND for a folder that is hidden or not there */
  devices(member: Member, page: PageWish, filter?: DeviceFilter): Promise<Page<Device>>;
  countDevices(member: Member, filter?: DeviceFilter): Promise<number>;
  device(member: Member, deviceId: DeviceId): Promise<Device>;
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
    member: Member,
    wish: {
      targets: readonly { deviceId: DeviceId; digest: Digest }[];
      backup: Order["backup"];
      deadline?: number | undefined;
    },
    idempotencyKey: string | undefined,
  ): Promise<Upgrade>;
  upgrade(member: Member, upgradeId: UpgradeId): Promise<Upgrade>;
  upgrades(member: Member, page: PageWish): Promise<Page<Upgrade>>;
  tasks(
    member: Member,
    filter: { upgradeId?: UpgradeId | undefined; phase?: TaskPhase | undefined },
    page: PageWish,
  ): Promise<Page<Task>>;
  task(member: Member, taskId: TaskId): Promise<Task>;
  /** @throws Fault CANCEL_TOO_LATE, CANCEL_FINISHED */
  cancelTask(member: Member, taskId: TaskId): Promise<Task>;
  /** All entries for whoever may read all; one's own for the others. */
  audit(member: Member, wish: AuditWish): Promise<Page<AuditEntry>>;
  /** The same as a file, without a limit of time or length: read while it is sent, a batch at a time. */
  exportAudit(member: Member, wish: AuditFilter & { readonly format: "csv" | "json" }): Promise<ExportedFile>;
  /** What this hub's signatures are checked with. */
  hubKeys(): readonly HubKey[];
  readonly licences: LicenceServices;
}

export interface Hub {
  readonly door: AgentDoor;
  readonly services: Services;
  readonly gate: Gatekeeper;
  readonly live: LiveStreams;
  /** What a day brings to licences; started by whoever owns the process. */
  readonly licenceDay: LicenceDay;
  /** Starts the scheduler: leases, back-off, deadlines. */
  start(): void;
  /** Stops it and waits for what is being written. */
  stop(): Promise<void>;
}
