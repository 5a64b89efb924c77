import { z } from "zod";
import { AlertId, ServerId } from "../ids.ts";
import { Timestamp } from "../scalars.ts";
import { Notes } from "./v1.ts";

/**
 * What is watched at a server, with what is measured: `cpu` and `memory` in percent used; `storage` in percent free;
 * `retention` in percent of the target; `recording_gap` in minutes; `service_down` counts services that do not run;
 * `upgrade_overdue` in minutes since the installer began.
 */
export const ALERT_KINDS = [
  ...(["cpu", "memory", "storage", "retention", "service_down", "recording_gap"] as const),
  "upgrade_overdue",
] as const;
export const AlertKind = z.enum(ALERT_KINDS);
export type AlertKind = z.infer<typeof AlertKind>;

/**
 * When something is told: a value beyond `limit` for so many `minutes`. It is over when the value is back at `clear`,
 * which lies on the good side of the limit, so that what swings around the limit is told once.
 */
export const Threshold = z.strictObject({
  enabled: z.boolean(),
  limit: z.number().min(0).max(100_000),
  clear: z.number().min(0).max(100_000),
  minutes: z.int().min(0).max(1_440),
});
export type Threshold = z.infer<typeof Threshold>;

/** Thresholds that differ from those of the level above: the organisation's from the product's, a server's from both. */
export const ThresholdChanges = z.partialRecord(AlertKind, Threshold).meta({ id: "ThresholdChanges" });
export type ThresholdChanges = z.infer<typeof ThresholdChanges>;

export type Thresholds = Readonly<Record<AlertKind, Threshold>>;

export const DEFAULT_THRESHOLDS: Thresholds = {
  cpu: { enabled: true, limit: 90, clear: 80, minutes: 15 },
  memory: { enabled: true, limit: 92, clear: 85, minutes: 15 },
  storage: { enabled: true, limit: 10, clear: 15, minutes: 0 },
  retention: { enabled: true, limit: 90, clear: 95, minutes: 0 },
  service_down: { enabled: true, limit: 1, clear: 0, minutes: 5 },
  recording_gap: { enabled: true, limit: 10, clear: 0, minutes: 0 },
  upgrade_overdue: { enabled: true, limit: 60, clear: 0, minutes: 0 },
};

/** Which thresholds count, and what was changed at this level. */
export const Monitoring = z
  .strictObject({
    changes: ThresholdChanges,
    effective: z.record(AlertKind, Threshold),
    version: z.int().positive(),
  })
  .meta({ id: "Monitoring" });
export type Monitoring = z.infer<typeof Monitoring>;

export const Alert = z
  .strictObject({
    id: AlertId,
    serverId: ServerId,
    kind: AlertKind,
    /** The volume that it is about; empty where there is one of a kind. */
    part: z.string().max(120),
    /** As last measured. */
    value: z.number(),
    limit: z.number(),
    /** When it began, was told, and was over; null while it lasts. */
    since: Timestamp,
    openedAt: Timestamp,
    closedAt: Timestamp.nullable(),
    acknowledged: z.strictObject({ at: Timestamp, by: z.string(), comment: Notes }).nullable(),
    mutedUntil: Timestamp.nullable(),
  })
  .meta({ id: "Alert" });
export type Alert = z.infer<typeof Alert>;

export const AlertAcknowledgement = z
  .strictObject({ comment: Notes.default("") })
  .meta({ id: "AlertAcknowledgement" });

export const AlertMute = z
  .strictObject({
    /** Null: no longer. */
    until: Timestamp.nullable(),
  })
  .meta({ id: "AlertMute" });
