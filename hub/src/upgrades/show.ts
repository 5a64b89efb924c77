import type { Hold, Task } from "@fyr/protocol";
import type { Contacts } from "../fleet/contacts.ts";
import type { TaskRecord } from "./task.ts";

/** Phases in which a task waits for its agent. */
const NEEDS_AGENT = ["ready", "leased", "running", "reconciling"];

/**
 * A task as people see it: with what is known at this moment, and with the silence of its agent among the reasons for
 * waiting.
 *
 * @param silentSince when the agent was last heard of, if it should have been heard since; null when it is there
 */
export function showTask(task: TaskRecord, contacts: Contacts, silentSince: number | null): Task {
  const { id, upgradeId, deviceId, serial, model, agentId, digest, fromVersion, toVersion } = task;
  const { phase, epoch, attempt, cancel, lastStep, outcomeCode, evidence, createdAt, changedAt, endedAt } =
    task;
  const offline: Hold[] =
    silentSince !== null && NEEDS_AGENT.includes(phase)
      ? [{ reason: "agent_offline", until: null, since: silentSince, code: null }]
      : [];
  return {
    ...{ id, upgradeId, deviceId, serial, model, agentId, digest, fromVersion, toVersion },
    ...{ phase, epoch, attempt, cancel, lastStep, outcomeCode, evidence, createdAt, changedAt, endedAt },
    holds: [...task.holds, ...offline],
    pastNoReturn: task.pastNoReturn,
    progress: task.jobOpen ? contacts.progressOf(agentId, id, epoch) : null,
  };
}
