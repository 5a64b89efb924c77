import {
  TASK_TIMES,
  type AgentId,
  type Digest,
  type Evidence,
  type FaultCode,
  type Hold,
  type JobState,
  type Order,
  type OrgId,
  type DeviceId,
  type Serial,
  type ServerUid,
  type AnyStep,
  type TaskId,
  type TaskPhase,
  type UpgradeId,
  type Window,
} from "@fyr/protocol";

/** How often a task was tried, by the class of what went wrong. */
export interface Tries {
  /** In the round that runs; a round is a window, or a day where there are no windows. */
  readonly transient: number;
  readonly rounds: number;
  readonly device: number;
}

/**
 * One device's or server's part of an upgrade as the hub keeps it: a small phase beside flags that move on their own.
 */
export interface TaskRecord {
  readonly orgId: OrgId;
  readonly id: TaskId;
  readonly upgradeId: UpgradeId;
  /** The device, or the server under its own id. */
  readonly deviceId: DeviceId;
  /** Empty for a server. */
  readonly serial: Serial;
  /** The server that it is about; null for a device. */
  readonly server: ServerUid | null;
  readonly model: string;
  readonly agentId: AgentId;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly backup: Order["backup"];
  /** When the agent may start; empty: any time. */
  readonly windows: readonly Window[];
  /** No start after this. */
  readonly deadline: number;
  /** Equal for two tasks that want the same; only one of them may be open. */
  readonly dedupe: string;
  readonly createdAt: number;

  readonly phase: TaskPhase;
  /** Number of the latest grant; whoever reports with a lower one is fenced. */
  readonly epoch: number;
  readonly attempt: number;
  /** The job of this epoch may live on the agent: granted, and no outcome heard. */
  readonly jobOpen: boolean;
  readonly jobState: JobState | null;
  readonly leaseUntil: number | null;
  readonly holds: readonly Hold[];
  readonly cancel: "none" | "requested" | "refused" | "done";
  /** Of this epoch's job: events taken without a gap, the highest one stored, the hash of the last one taken. */
  readonly ackedSeq: number;
  readonly seqHigh: number;
  readonly lastHash: string;
  readonly lastStep: AnyStep | null;
  readonly pastNoReturn: boolean;
  /** An earlier grant may have touched the device: the next one looks first. */
  readonly lookFirst: boolean;
  readonly tries: Tries;
  readonly outcomeCode: FaultCode | null;
  readonly evidence: Evidence;
  readonly reconcilingSince: number | null;
  /** Since when the agent itself says that the device does not answer. */
  readonly darkSince: number | null;
  /** Of a server: since when it cannot be used because it installs. */
  readonly unavailableSince: number | null;
  /** Of a server: why a person is asked to look while its installer goes on. */
  readonly attention: FaultCode | null;
  /** When the scheduler looks at it again; null at the end. */
  readonly wakeAt: number | null;
  readonly changedAt: number;
  readonly endedAt: number | null;
  /** Rises with every change, so that of two writers one is told. */
  readonly version: number;
}

export const NO_TRIES: Tries = { transient: 0, rounds: 0, device: 0 };

export const TIMES = {
  ...TASK_TIMES,
  /** Without windows, five tries make a round and the next round starts a day later. */
  roundMs: 24 * 3_600_000,
  /** A server that does not come back is given up after so long (upgrades.md 5.2). */
  serverUnreachableMs: 72 * 3_600_000,
  /** A touched task waits this long beyond its deadline for the site's word. */
  lateWordMs: 24 * 3_600_000,
  /** A site may be without the hub this long before its word is given up (upgrades.md P8). */
  siteSilentMs: 30 * 24 * 3_600_000,
  /** Between two looks at a device whose outcome is unknown. */
  lookAgainMs: 5 * 60_000,
  /** An order counts for this long before the agent accepts it. */
  orderMs: 24 * 3_600_000,
  defaultDeadlineMs: 30 * 24 * 3_600_000,
} as const;
