import type { AgentId, BootId, OrgId, Presence, Progress, SyncId, TaskId } from "@fyr/protocol";
import type { Sighting } from "./store.ts";

/** What the hub knows of its agents at this moment and would not miss after a restart. */
export interface Contacts {
  /** A request of this agent arrived. */
  heard(orgId: OrgId, agentId: AgentId, now: number, sync: { bootId: BootId; syncId: SyncId }): void;
  presence(orgId: OrgId, agentId: AgentId, presence: Presence, now: number): void;
  progress(agentId: AgentId, jobs: readonly Progress[]): void;
  /** Only these jobs are left; what is known of others is dropped. */
  keepProgress(agentId: AgentId, tasks: ReadonlySet<TaskId>): void;
  progressOf(agentId: AgentId, taskId: TaskId, epoch: number): Progress | null;
  lastSeenAt(agentId: AgentId): number | null;
  /** Of the last sync alone: whoever rings at the door has not spoken yet. */
  lastSyncAt(agentId: AgentId): number | null;
  /** Of this process of the agent. */
  newestSyncId(agentId: AgentId, bootId: BootId): SyncId | null;
  /** Null when MQTT has not told since the start. */
  online(agentId: AgentId): boolean | null;
  /** Sightings since the last call. */
  takeSightings(): Sighting[];
  /** Calls `listener` for each sighting of an agent that was not seen since `takeSightings`. */
  onSighting(listener: () => void): void;
  forget(agentId: AgentId): void;
}

interface Contact {
  readonly orgId: OrgId;
  seenAt: number;
  sync: { bootId: BootId; syncId: SyncId } | null;
  syncAt: number | null;
  online: boolean | null;
  onlineBoot: BootId | null;
  jobs: Map<TaskId, Progress> | null;
}

export function createContacts(): Contacts {
  const known = new Map<AgentId, Contact>();
  const fresh = new Set<AgentId>();
  let told = (): void => {};
  const contact = (orgId: OrgId, agentId: AgentId): Contact => {
    const found = known.get(agentId);
    if (found) return found;
    const made: Contact = {
      orgId,
      seenAt: 0,
      sync: null,
      syncAt: null,
      online: null,
      onlineBoot: null,
      jobs: null,
    };
    known.set(agentId, made);
    return made;
  };
  const note = (orgId: OrgId, agentId: AgentId, now: number): Contact => {
    const one = contact(orgId, agentId);
    one.seenAt = now;
    if (fresh.has(agentId)) return one;
    fresh.add(agentId);
    told();
    return one;
  };
  return {
    heard(orgId, agentId, now, { bootId, syncId }) {
      const one = note(orgId, agentId, now);
      one.syncAt = now;
      const newer = one.sync?.bootId !== bootId || syncId > one.sync.syncId;
      if (newer) one.sync = { bootId, syncId };
    },
    presence(orgId, agentId, { bootId, online }, now) {
      const one = online ? note(orgId, agentId, now) : contact(orgId, agentId);
      // The last will of a process that was replaced says nothing about the one that runs.
      if (!online && one.onlineBoot !== null && one.onlineBoot !== bootId) return;
      one.online = online;
      one.onlineBoot = bootId;
    },
    progress(agentId, jobs) {
      const one = known.get(agentId);
      if (!one) return;
      one.jobs ??= new Map();
      for (const job of jobs) one.jobs.set(job.taskId, job);
    },
    keepProgress(agentId, tasks) {
      const jobs = known.get(agentId)?.jobs;
      for (const taskId of jobs?.keys() ?? []) if (!tasks.has(taskId)) jobs?.delete(taskId);
    },
    progressOf(agentId, taskId, epoch) {
      const found = known.get(agentId)?.jobs?.get(taskId);
      return found?.epoch === epoch ? found : null;
    },
    lastSeenAt: (agentId) => known.get(agentId)?.seenAt || null,
    lastSyncAt: (agentId) => known.get(agentId)?.syncAt ?? null,
    newestSyncId(agentId, bootId) {
      const sync = known.get(agentId)?.sync;
      return sync?.bootId === bootId ? sync.syncId : null;
    },
    online: (agentId) => known.get(agentId)?.online ?? null,
    takeSightings() {
      const sightings = [...fresh].sort().flatMap((agentId) => {
        const one = known.get(agentId);
        return one ? [{ orgId: one.orgId, agentId, at: one.seenAt }] : [];
      });
      fresh.clear();
      return sightings;
    },
    onSighting: (listener) => void (told = listener),
    forget(agentId) {
      known.delete(agentId);
      fresh.delete(agentId);
    },
  };
}
