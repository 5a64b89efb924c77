import type { TaskRecord } from "../../upgrades/task.ts";
import { lapse } from "../../upgrades/evaluate.ts";
import { wakeAt } from "../../upgrades/wake.ts";
import type { Draft } from "./draft.ts";

/**
 * Looks at what the hub believes the agent to hold and the agent does not list. An agent writes a grant down before its
 * next sync, and lists every open job: so a grant of which nothing was heard never arrived and is given again,
 * and a job of which something was heard is gone with its journal.
 *
 * @returns tasks whose grant has to be sent again, with the same epoch
 */
export function findLost(draft: Draft, listed: ReadonlySet<string>, now: number): TaskRecord[] {
  const again: TaskRecord[] = [];
  for (const task of draft.tasks()) {
    if (!task.jobOpen || listed.has(`${task.id} ${task.epoch}`)) continue;
    const unheard = task.seqHigh === 0 && (task.phase === "leased" || task.phase === "reconciling");
    if (unheard) again.push(task);
    else draft.setTask(forgotten(task, now));
  }
  return again;
}

function forgotten(task: TaskRecord, now: number): TaskRecord {
  const free = { ...lapse(task, now), jobOpen: false };
  return { ...free, wakeAt: wakeAt(free, now), changedAt: now };
}
