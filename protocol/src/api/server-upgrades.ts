import { z } from "zod";
import { Digest, ServerId, TaskId } from "../ids.ts";
import { AxisVersion, Label, Percent, Timestamp } from "../scalars.ts";
import { TASK_PHASES } from "../upgrade/task.ts";
import { Evidence, FaultCodeName, StepName } from "../wire/event.ts";
import { Window } from "../wire/grant.ts";
import { Hold } from "./v1.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected a time of day, e.g. 22:30");

/**
 * Hours in a site's own time (K-07): on these days from `from` to `to`, into the next day when `to` is not later. A
 * start that a clock change skips moves to the first minute that exists; an hour that comes twice counts once.
 */
export const LocalWindow = z
  .strictObject({
    /** An IANA time zone, `Europe/Paris`. */
    zone: z.string().min(1).max(64),
    days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
    from: TimeOfDay,
    to: TimeOfDay,
  })
  .meta({ id: "LocalWindow" });
export type LocalWindow = z.infer<typeof LocalWindow>;

/** Puts a request into the queue; the server's agent fetches it. */
export const NewServerUpgrade = z
  .strictObject({
    /** The package; the one that is recommended when left out. */
    digest: Digest.optional(),
    /** When it may be installed; any time when left out. */
    window: LocalWindow.optional(),
    /** No start after this; 30 days from now when left out. */
    deadline: Timestamp.optional(),
  })
  .meta({ id: "NewServerUpgrade" });
export type NewServerUpgrade = z.infer<typeof NewServerUpgrade>;

/** What a click would do, to be read before it: for how long the server is away, and that nothing stops it. */
export const ServerUpgradePreview = z
  .strictObject({
    serverId: ServerId,
    name: Label,
    digest: Digest,
    fromVersion: AxisVersion,
    toVersion: AxisVersion,
    windows: z.array(Window),
    deadline: Timestamp,
    /** How long the server usually cannot be used. */
    usualMs: z.int().positive(),
    /** After so long a person is asked; the installer is left alone. */
    askPersonMs: z.int().positive(),
    /** Only until an agent has claimed the request (C-20). */
    interruptible: z.literal(false),
    /** A request that waits and would give way. */
    supersedes: TaskId.nullable(),
  })
  .meta({ id: "ServerUpgradePreview" });
export type ServerUpgradePreview = z.infer<typeof ServerUpgradePreview>;

/** `installing`, `restarting`: the server cannot be used, which is no fault. */
export const SERVER_UPGRADE_STATES = [
  ...(["queued", "claimed", "waiting", "downloading", "preparing", "installing", "restarting"] as const),
  ...(["done", "skipped", "failed", "withdrawn", "superseded", "expired"] as const),
] as const;

/**
 * Of a backup that is put back: a person asked, its agent is at it, and how it ended. `overdue`: nobody told an end in
 * four hours, so a person has to look at the host; what the agent tells later still counts.
 */
export const RESTORE_STATES = ["asked", "running", "overdue", "done", "failed"] as const;
export type RestoreState = (typeof RESTORE_STATES)[number];

export const ServerUpgrade = z
  .strictObject({
    id: TaskId,
    serverId: ServerId,
    digest: Digest,
    fromVersion: AxisVersion,
    toVersion: AxisVersion,
    state: z.enum(SERVER_UPGRADE_STATES),
    phase: z.enum(TASK_PHASES),
    /** Until an agent claimed it, and never after (C-20). */
    withdrawable: z.boolean(),
    unavailable: z.boolean(),
    /** When the server is expected back; null when nobody can tell, or it is not away. */
    expectedEnd: Timestamp.nullable(),
    /** Why a person is asked to look while the installer goes on. */
    attention: FaultCodeName.nullable(),
    /** Of the whole upgrade, as last heard; null when nothing is known at the moment. */
    percent: Percent.nullable(),
    lastStep: StepName.nullable(),
    holds: z.array(Hold),
    /** When it may start; empty: any time. */
    windows: z.array(Window),
    deadline: Timestamp,
    attempt: z.int().nonnegative(),
    outcomeCode: FaultCodeName.nullable(),
    evidence: Evidence,
    /** Whether the backup can be put back, when somebody asked for that, and what became of it. */
    restore: z.strictObject({
      offered: z.boolean(),
      askedAt: Timestamp.nullable(),
      /** Null while nobody asked. */
      state: z.enum(RESTORE_STATES).nullable(),
      /** Why it failed. */
      code: FaultCodeName.nullable(),
    }),
    createdAt: Timestamp,
    changedAt: Timestamp,
    endedAt: Timestamp.nullable(),
  })
  .meta({ id: "ServerUpgrade" });
export type ServerUpgrade = z.infer<typeof ServerUpgrade>;
