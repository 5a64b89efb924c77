import {
  INSTALL,
  isTerminal,
  RESTORE_OFFERED,
  SERVER_SHOWN,
  type FaultCode,
  type Progress,
  type ServerId,
  type ServerUpgrade,
  type ServerUpgradePreview,
  type TaskPhase,
} from "@fyr/protocol";
import { restoreOf } from "../upgrades/restore.ts";
import type { TaskRecord } from "../upgrades/task.ts";
import type { ServerPlan } from "./plan.ts";
import type { ServerRecord } from "./server.ts";

export interface UpgradeSeen {
  readonly progress: Progress | null;
  readonly restoreAskedAt: number | null;
  readonly now: number;
}

const ENDED: Partial<Record<TaskPhase, ServerUpgrade["state"]>> = {
  succeeded: "done",
  skipped: "skipped",
  failed: "failed",
  rolled_back: "failed",
  cancelled: "withdrawn",
  superseded: "superseded",
  expired: "expired",
};

/** Where a server's upgrade stands, in people's words (console.md, Servers). */
export function upgradeState(task: TaskRecord): Pick<ServerUpgrade, "state" | "unavailable"> {
  const ended = ENDED[task.phase];
  if (ended) return { state: ended, unavailable: false };
  const away = task.unavailableSince !== null;
  if (!task.jobOpen) return { state: away ? "installing" : "queued", unavailable: away };
  const shown = task.jobState === null ? null : SERVER_SHOWN[task.jobState];
  if (shown?.word === "restarting") return { state: "restarting", unavailable: true };
  if (away) return { state: task.jobState === "closing" ? "restarting" : "installing", unavailable: true };
  if (shown === null || shown.word === "done") return { state: "claimed", unavailable: false };
  return { state: shown.word, unavailable: shown.unavailable };
}

/** When it is expected back: the agent's word first, the usual time otherwise; null once that is over. */
function expectedEnd({ unavailableSince: since }: TaskRecord, { progress, now }: UpgradeSeen): number | null {
  if (since === null) return null;
  const left = progress?.leftMs ?? null;
  const until = left === null ? since + INSTALL.usualMs : now + left;
  return until > now ? until : null;
}

const isOffered = ({ phase, outcomeCode }: TaskRecord): boolean =>
  phase === "failed" &&
  outcomeCode !== null &&
  (RESTORE_OFFERED as readonly FaultCode[]).includes(outcomeCode);

/** Whether the backup of an upgrade can still be asked for: once, and by a person. */
export const offersRestore = (task: TaskRecord, askedAt: number | null): boolean =>
  isOffered(task) && askedAt === null;

function restoreSeen(
  task: TaskRecord,
  { restoreAskedAt: askedAt, now }: UpgradeSeen,
): ServerUpgrade["restore"] {
  const { state, code } = restoreOf(task);
  const isLate = askedAt !== null && now - askedAt > INSTALL.askPersonMs;
  const open = (told: "asked" | "running") => (isLate ? "overdue" : told);
  const begun = state === "running" ? open(state) : state;
  return {
    offered: offersRestore(task, askedAt),
    askedAt,
    state: begun ?? (askedAt === null ? null : open("asked")),
    code,
  };
}

/** What a click would do, for whoever is about to. */
export function showPlan({
  server,
  task,
  superseded,
}: Pick<ServerPlan, "task" | "superseded"> & { readonly server: ServerRecord }): ServerUpgradePreview {
  const { digest, fromVersion, toVersion, windows, deadline } = task;
  const { usualMs, askPersonMs } = INSTALL;
  return {
    ...{ serverId: server.id, name: server.facts.name, digest, fromVersion, toVersion, deadline },
    ...{ windows: [...windows], usualMs, askPersonMs, interruptible: false },
    supersedes: superseded?.before.id ?? null,
  };
}

export function showServerUpgrade(task: TaskRecord, seen: UpgradeSeen): ServerUpgrade {
  const { id, digest, fromVersion, toVersion, phase, attention, lastStep, deadline, attempt } = task;
  const { outcomeCode, evidence, createdAt, changedAt, endedAt } = task;
  return {
    ...{ id, serverId: task.deviceId as unknown as ServerId, digest, fromVersion, toVersion, phase },
    ...upgradeState(task),
    withdrawable: !isTerminal(phase) && !task.jobOpen && task.unavailableSince === null,
    expectedEnd: expectedEnd(task, seen),
    percent: seen.progress?.percent ?? null,
    ...{ attention, lastStep, holds: [...task.holds], windows: [...task.windows], deadline, attempt },
    restore: restoreSeen(task, seen),
    ...{ outcomeCode, evidence, createdAt, changedAt, endedAt },
  };
}
