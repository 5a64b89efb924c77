import { isTerminal, type TaskPhase } from "@fyr/protocol";
import type { Change } from "../audit/store.ts";
import type { Actor } from "../ports.ts";
import { restoreOf } from "./restore.ts";
import type { TaskRecord } from "./task.ts";

/**
 * What the audit says of a task's change. A job's own events tell of its way on the site, and the queue's small moves
 * between held and ready tell nothing; so what is written is who was ordered, what came back, and how it ended.
 */
export function trailOf(before: TaskRecord, after: TaskRecord, actor: Actor, at: number): Change[] {
  const action = actionOf(before, after);
  if (action === null) return [];
  const entry = { orgId: after.orgId, at, actor, action, object: after.id };
  return [{ ...entry, before: view(before), after: view(after) }];
}

const HELD: readonly TaskPhase[] = ["leased", "running", "reconciling"];

function actionOf(before: TaskRecord, after: TaskRecord): string | null {
  if (isTerminal(before.phase)) return restored(before, after);
  if (isTerminal(after.phase)) return `task.${after.phase}`;
  if (after.jobOpen && after.epoch > before.epoch) return "task.granted";
  if (after.attention === "SERVER_NEEDS_PERSON" && before.attention !== after.attention)
    return "task.person_asked";
  if (before.phase === after.phase) return null;
  if (after.phase === "reconciling") return "task.in_doubt";
  if (HELD.includes(before.phase) && after.phase === "pending") return "task.returned";
  if (HELD.includes(before.phase) && after.phase === "ready") return "task.lapsed";
  return null;
}

/** What became of a restore that a person asked for. */
function restored(before: TaskRecord, after: TaskRecord): string | null {
  const [{ state: was }, { state: is }] = [restoreOf(before), restoreOf(after)];
  if (was === is) return null;
  return is === "done" ? "server.restored" : is === "failed" ? "server.restore_failed" : null;
}

const view = ({ phase, epoch, outcomeCode }: TaskRecord) => ({ phase, epoch, code: outcomeCode });
