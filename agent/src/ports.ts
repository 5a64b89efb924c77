import type { ImageFacts } from "@fyr/certs";
import type {
  Ack,
  AgentId,
  Command,
  CommandId,
  DeviceReport,
  DeviceTrouble,
  Digest,
  Grant,
  InventoryDelta,
  JobEvent,
  JobStanding,
  Order,
  Progress,
  Renewal,
  Serial,
  SignedDocument,
  ServerReport,
  ServerOrder,
  SyncRequest,
  SyncResponse,
  TaskId,
} from "@fyr/protocol";
import type { BodySource, Cancel } from "@fyr/runtime";

/**
 * The seams inside the agent: each capability names here what it gives to the others. Everything is handed in by
 * `agent.ts`, so that a test, or the simulated world, brings its own.
 */

/** Small durable facts by key, each with a checksum. Every call that writes returns when the disk has it. */
export interface StateStore {
  get(key: string): Uint8Array | null;
  put(key: string, value: Uint8Array): void;
  remove(key: string): void;
  /** Keys that begin with `prefix`, sorted. */
  keys(prefix: string): string[];
}

/** The hub's clock, as an answer told it, and how coarsely: a 204 carries whole seconds only. */
export interface HubTime {
  readonly at: number;
  readonly errorMs: number;
}

/** The way to the hub. Answers are parsed and checked; refusals are Faults with the hub's own code. */
export interface HubLink {
  /** Null when the hub has nothing to say (204). `nextPollMs` is the hub's wish either way. */
  sync(
    request: SyncRequest,
    signal: AbortSignal,
  ): Promise<{ answer: SyncResponse | null; nextPollMs: number; hubTime: HubTime | null }>;
  /** A file of the signed image metadata; null when there is none of that name. */
  metadata(name: string, maxBytes: number): Promise<Uint8Array | null>;
  /** The hashes of an image's pieces, one 32-byte SHA-256 after the other. */
  chunkHashes(digest: Digest, sizeBytes: number): Promise<Uint8Array>;
  /** Bytes `from` to `to` (exclusive) of an image, handed over in order as they arrive. */
  imageRange(
    digest: Digest,
    from: number,
    to: number,
    take: (bytes: Uint8Array) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  renew(request: string): Promise<Renewal>;
}

/** What the hub's orders and the publishers' metadata are worth. */
export interface Trust {
  /**
   * Verifies an order and the image it names, with fresh metadata (upgrades.md 5.3, `accepted`).
   *
   * @throws Fault with the reason: ORDER_*, METADATA_*, IMAGE_UNTRUSTED, IMAGE_WITHDRAWN, HUB_UNREACHABLE
   */
  verify(order: SignedDocument): Promise<{ order: Order; facts: ImageFacts }>;
  /** The same for the server on this host. @throws Fault as `verify` */
  verifyServer(order: SignedDocument): Promise<{ order: ServerOrder; facts: ImageFacts }>;
}

/** Time as the hub counts it, carried forward by the monotonic clock. */
export interface SiteTime {
  now(): number;
  /** How wrong `now` may be, in milliseconds; infinite before the first sync. */
  uncertaintyMs(): number;
}

/** A verified image on the site's disk, pinned until released. */
export interface StagedImage {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Reads the file in reused buffers and hashes while reading; throws IMAGE_CORRUPT before the last bytes when it differs. */
  body(): BodySource;
}

export interface ImageCache {
  /**
   * Brings an image to the site, once however many ask (single flight per digest), going on where a former process
   * stopped. The image stays pinned for `pin` until `release(pin)`.
   *
   * @throws Fault DISK_FULL, IMAGE_CORRUPT, IMAGE_UNAVAILABLE
   */
  stage(
    facts: ImageFacts,
    pin: string,
    onBytes: (done: number) => void,
    signal: AbortSignal,
  ): Promise<StagedImage>;
  release(pin: string): void;
  /** What one more image could be given: without what is kept free, promised to others, or held by a job. */
  freeBytes(): Promise<number>;
}

/** Everything that one look at a device tells; null where the device cannot or would not say. */
export interface Reading {
  /** Monotonic milliseconds of the look. */
  readonly at: number;
  /** False: nothing listens, or it never answered. */
  readonly answers: boolean;
  readonly serial: Serial | null;
  readonly model: string | null;
  readonly name: string | null;
  readonly hardwareId: string | null;
  /** The running version by each source that this device offers now. */
  readonly versions: {
    readonly firmwareManagement?: string;
    readonly deviceInfo?: string;
    readonly anonymousInfo?: string;
    readonly parameters?: string;
  };
  readonly inactiveVersion: string | null;
  /** Null where the generation has no commit flag or shows none. */
  readonly committed: boolean | null;
  readonly bootId: string | null;
  readonly uptimeS: number | null;
  readonly ready: boolean | null;
  /** No account exists: the device is in factory-default state. */
  readonly needsSetup: boolean;
  /** A firmware request is under way (423). */
  readonly busy: boolean;
  /** `untried` when no credentials are known or the device was in no state to be asked. */
  readonly access: "granted" | "denied" | "untried";
  /** The device proved another TLS key than the one pinned for its serial: no password was sent. */
  readonly keyChanged: boolean;
  readonly scheme: "http" | "https" | null;
}

export type UploadAnswer =
  | { readonly kind: "accepted"; readonly version: string | null }
  /** The device said no before flashing; `code` is its own (vapix.md 1.7). */
  | { readonly kind: "refused"; readonly code: number; readonly message: string }
  | { readonly kind: "busy" }
  /** The whole body left, no usable answer came: look at the device. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface UploadOptions {
  readonly autoRollbackMinutes: number;
  /** Travels as `context`, so that logs of both ends can be matched. */
  readonly runKey: string;
  /** Called, and must return, before the last bytes (protocol `TRANSFER.lastChunkBytes`) leave. */
  readonly beforeLastChunk: () => void;
  readonly onSent: (bytes: number) => void;
}

/** One device, spoken to in its own generation's language. */
export interface Camera {
  /** Never throws for what a device may do; a silent device is a reading with `answers: false`. */
  look(signal: AbortSignal): Promise<Reading>;
  /** Settings, applications and certificates list, as a file. @throws Fault BACKUP_FAILED, DEVICE_* */
  backup(signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Sends the image once: nothing below repeats it.
   *
   * @throws Fault TRANSFER_CUT or TRANSFER_STALLED when it broke before `beforeLastChunk`, DEVICE_DENIED, DEVICE_KEY_CHANGED
   */
  upload(image: StagedImage, options: UploadOptions, signal: AbortSignal): Promise<UploadAnswer>;
  commit(signal: AbortSignal): Promise<void>;
  rollBack(signal: AbortSignal): Promise<void>;
  restart(signal: AbortSignal): Promise<void>;
  /** Accepts the key that the device shows from now on: after an upgrade of ours it may have made a new one. */
  renewPin(signal: AbortSignal): Promise<void>;
}

/** A device of this site: identity and where it was met last. */
export interface KnownDevice {
  readonly serial: Serial;
  readonly host: string;
  readonly ports: { readonly http: number | null; readonly https: number | null };
  readonly model: string;
  readonly name: string;
  readonly hardwareId: string;
  readonly version: string;
  readonly scheme: "http" | "https";
  readonly trouble: DeviceTrouble | null;
  readonly seenAt: number;
}

export interface Inventory {
  all(): KnownDevice[];
  find(serial: Serial): KnownDevice | undefined;
  camera(device: KnownDevice): Camera;
  /** Takes what a look told about a device of ours (after an upgrade, for example). */
  note(serial: Serial, reading: Reading): void;
  hash(): string;
  /** What the hub lacks, given the hash it acknowledged last; undefined when nothing. */
  delta(whole: boolean): InventoryDelta | undefined;
  acknowledged(hash: string): void;
  report(device: KnownDevice): DeviceReport;
  onChange(listener: () => void): Cancel;
}

/** The jobs of this site, as the link sees them. Everything that returns is on disk. */
export interface Jobs {
  /** Stores a grant as a job in `accepted`; the same grant again changes nothing. */
  accept(grant: Grant): void;
  command(command: Command): void;
  /** The hub's epoch for this task is higher than ours. */
  fence(taskId: TaskId, currentEpoch: number): void;
  acknowledged(acks: readonly Ack[]): void;
  /** Unacknowledged events, per job in order. */
  outbox(limit: number): JobEvent[];
  standings(): JobStanding[];
  progress(): Progress[];
  commandAcks(): CommandId[];
  commandAcksStored(ids: readonly CommandId[]): void;
  /** Jobs that could be taken on now. */
  freeSlots(): number;
  /** Something to tell the hub: an event, a standing. */
  onNews(listener: () => void): Cancel;
  /** Live progress moved. */
  onProgress(listener: () => void): Cancel;
}

/** The server on this host, as the link sees it. */
export interface ServerReports {
  /** What the hub has not heard. */
  pending(): ServerReport[];
  acknowledged(reports: readonly ServerReport[]): void;
  /** The hub lacks the server: everything is told again. */
  wanted(): void;
  onChange(listener: () => void): Cancel;
}

/** Named points between a commit and an act, where a test may end the process. Does nothing in production. */
export interface Probe {
  at(point: string): void;
}

export interface AgentIdentity {
  readonly agentId: AgentId;
}
