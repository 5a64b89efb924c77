import { z } from "zod";
import { AgentId, DeviceId, Digest, FolderId, OrgId, Serial, TaskId, UpgradeId } from "../ids.ts";
import { AxisVersion, Bytes, Label, Timestamp } from "../scalars.ts";
import { HOLD_REASONS, TASK_PHASES } from "../upgrade/task.ts";
import { DeviceTrouble } from "../wire/inventory.ts";
import { Evidence, FaultCodeName, Progress, StepName } from "../wire/event.ts";

/** A few lines of text for people. */
export const Notes = z.string().max(4_000);

/** The public API, version 1: what it takes and gives. Paths stand in `hub`. */
export const Organisation = z
  .strictObject({
    id: OrgId,
    name: Label,
    notes: Notes,
    createdAt: Timestamp,
    archivedAt: Timestamp.nullable(),
    version: z.int().positive(),
  })
  .meta({ id: "Organisation" });
export type Organisation = z.infer<typeof Organisation>;

export const NewOrganisation = z
  .strictObject({ name: Label, notes: Notes.optional() })
  .meta({ id: "NewOrganisation" });

export const AgentSummary = z
  .strictObject({
    id: AgentId,
    name: Label,
    state: z.enum(["invited", "enrolled", "revoked"]),
    online: z.boolean(),
    lastSeenAt: Timestamp.nullable(),
    agentVersion: z.string().nullable(),
    certificateUntil: Timestamp.nullable(),
    folderId: FolderId,
    createdAt: Timestamp,
  })
  .meta({ id: "Agent" });
export type AgentSummary = z.infer<typeof AgentSummary>;

export const NewAgent = z
  .strictObject({
    name: Label,
    /** Where the devices go that it finds; the default folder when left out. */
    folderId: FolderId.optional(),
  })
  .meta({ id: "NewAgent" });

/** A place for one agent, with the code that fills it: shown once. */
export const AgentSlot = z
  .strictObject({
    agent: AgentSummary,
    code: z.string(),
    enrolUrl: z.url(),
    codeUntil: Timestamp,
  })
  .meta({ id: "AgentSlot" });
export type AgentSlot = z.infer<typeof AgentSlot>;

export const Device = z
  .strictObject({
    id: DeviceId,
    serial: Serial,
    agentId: AgentId,
    folderId: FolderId,
    model: Label,
    name: Label,
    hardwareId: z.string(),
    version: AxisVersion,
    address: z.string(),
    trouble: DeviceTrouble.nullable(),
    /** The newest published image that this device may take from where it is; null when there is none. */
    recommended: z.strictObject({ digest: Digest, version: AxisVersion }).nullable(),
    activeTaskId: TaskId.nullable(),
    seenAt: Timestamp,
    presentAt: Timestamp,
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

export const Image = z
  .strictObject({
    digest: Digest,
    sizeBytes: Bytes,
    version: AxisVersion,
    models: z.array(z.string()),
    hardwareIds: z.array(z.string()),
    upgradeableFrom: z.array(z.string()),
    withdrawn: z.boolean(),
    importedAt: Timestamp,
  })
  .meta({ id: "Image" });
export type Image = z.infer<typeof Image>;

export const NewUpgrade = z
  .strictObject({
    /** Each device with the image it shall get. */
    targets: z
      .array(z.strictObject({ deviceId: DeviceId, digest: Digest }))
      .min(1)
      .max(10_000),
    backup: z.enum(["required", "wanted"]).default("wanted"),
    /** No start after this; 30 days from now when left out. */
    deadline: Timestamp.optional(),
  })
  .meta({ id: "NewUpgrade" });
export type NewUpgrade = z.infer<typeof NewUpgrade>;

export const Hold = z.strictObject({
  reason: z.enum(HOLD_REASONS),
  /** Milliseconds since 1970, or null when a person or a fact ends it. */
  until: Timestamp.nullable(),
  since: Timestamp,
  code: FaultCodeName.nullable(),
});
export type Hold = z.infer<typeof Hold>;

export const Task = z
  .strictObject({
    id: TaskId,
    upgradeId: UpgradeId,
    deviceId: DeviceId,
    serial: Serial,
    model: z.string(),
    agentId: AgentId,
    digest: Digest,
    fromVersion: AxisVersion,
    toVersion: AxisVersion,
    phase: z.enum(TASK_PHASES),
    epoch: z.int().nonnegative(),
    attempt: z.int().nonnegative(),
    holds: z.array(Hold),
    cancel: z.enum(["none", "requested", "refused", "done"]),
    lastStep: StepName.nullable(),
    pastNoReturn: z.boolean(),
    outcomeCode: FaultCodeName.nullable(),
    evidence: Evidence,
    /** Live and lossy: null when nothing is known at the moment. */
    progress: Progress.nullable(),
    createdAt: Timestamp,
    changedAt: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: "Task" });
export type Task = z.infer<typeof Task>;

export const Upgrade = z
  .strictObject({
    id: UpgradeId,
    createdAt: Timestamp,
    /** Tasks by phase, kept in the same transaction as every change. */
    counts: z.partialRecord(z.enum(TASK_PHASES), z.int().nonnegative()),
  })
  .meta({ id: "Upgrade" });
export type Upgrade = z.infer<typeof Upgrade>;

export const AuditEntry = z
  .strictObject({
    seq: z.int().positive(),
    at: Timestamp,
    actor: z.string(),
    action: z.string(),
    object: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    previous: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** A keyset page: `next` is the cursor of the following one, null at the end. */
export const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });

export const PageQuery = z.strictObject({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export interface Page<T> {
  items: T[];
  next: string | null;
}
