import { DeviceId, Fault, ServerId, type AgentId, type SyncRequest } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../../ports.ts";
import { groupCommit } from "../../store/group-commit.ts";
import { isStoreDown } from "../../store/errors.ts";
import type { HubStore, Stores } from "../../store/store.ts";
import { seenOf, tendAlerts } from "../../servers/monitor/tend.ts";
import type { TellAlerts } from "../../servers/monitor/tell.ts";
import { imageFault } from "../../upgrades/images.ts";
import { trailOf } from "../../upgrades/trail.ts";
import type { Contacts } from "../contacts.ts";
import { BOOT_SILENT_MS } from "./boot.ts";
import { decideSync, type SyncAnswer, type SyncContext } from "./decide.ts";
import { pollPlan } from "./poll.ts";
import { secondProcesses } from "./second-process.ts";
import type { SyncNeeds } from "./store.ts";
import { workspace } from "./workspace.ts";

/** Syncs and their events in one transaction: enough for full speed, few enough that nobody waits long for others. */
const LARGEST_BATCH = 1_500;

/** A process that did not come so often when it should have is gone. */
const MISSED_POLLS = 3;

/** Hears when the earliest of the tasks that changed wants to be looked at. */
export type OnTasksChanged = (wakeAt: number) => void;

export interface SyncParts {
  readonly contacts: Contacts;
  readonly changed: OnTasksChanged;
  readonly tell: TellAlerts;
}

interface Asked {
  readonly identity: AgentIdentity;
  readonly request: SyncRequest;
}

export interface SyncDoor {
  sync(identity: AgentIdentity, request: SyncRequest): Promise<SyncAnswer>;
  idle(): Promise<void>;
}

const needsOf = ({ identity, request }: Asked): SyncNeeds => ({
  orgId: identity.orgId,
  agentId: identity.agentId,
  tasks: [...new Set([...request.events, ...request.jobs].map(({ taskId }) => taskId))],
  serials: [
    ...(request.inventory?.devices.map(({ serial }) => serial) ?? []),
    ...(request.inventory?.gone ?? []),
  ],
  wholeSite: request.inventory?.whole ?? false,
  servers: (request.servers ?? []).map(({ facts }) => facts.uid),
  capacity: request.capacity.jobs,
});

const saysNothing = (request: SyncRequest): boolean =>
  request.jobs.length + request.events.length + request.commandAcks.length === 0 &&
  request.inventory === undefined &&
  request.servers === undefined;

/** Where agents' syncs come in (upgrades.md 5.8): one that has nothing to say costs one read, the others share commits. */
export function syncDoor(ports: HubPorts, store: HubStore, parts: SyncParts): SyncDoor {
  const { contacts, changed } = parts;
  const { clock, settings, orders, releases, ids } = ports;
  const random = ports.random.split("sync");
  const plan = pollPlan(random);
  const processes = secondProcesses(ports, store);
  const silentMs = Math.max(BOOT_SILENT_MS, MISSED_POLLS * settings.idlePollMs);
  const nextPollMs = (busy: boolean): number =>
    plan(clock.wall(), busy ? settings.busyPollMs : settings.idlePollMs);

  const contextOf = (agentId: AgentId, request: SyncRequest, linkSeenAt: number | null): SyncContext => ({
    now: clock.wall(),
    leaseMs: settings.leaseMs,
    orders,
    chance: () => random.next(),
    newDeviceId: () => DeviceId.parse(ids.next()),
    newServerId: () => ServerId.parse(ids.next()),
    isHeard: (other) => clock.wall() - (contacts.lastSeenAt(other) ?? 0) < silentMs,
    imageFault: (digest) => imageFault(releases, digest),
    lastSeenAt: contacts.lastSeenAt(agentId) ?? linkSeenAt,
    newestSyncId: contacts.newestSyncId(agentId, request.bootId),
    refusal: processes.refusal(agentId, request.bootId),
    silentMs,
    spokenAt: contacts.lastSyncAt(agentId),
    nextPollMs,
  });

  const queue = groupCommit<Asked, SyncAnswer>({
    async commit(batch) {
      const { answers, wakeAt } = await store.write((stores) => commit(stores, batch));
      if (Number.isFinite(wakeAt)) changed(wakeAt);
      return answers;
    },
    turn: () => store.turn(),
    isStoreDown,
    weigh: ({ request }) => 1 + request.events.length,
    largestBatch: LARGEST_BATCH,
    lanes: store.lanes,
  });

  async function commit(stores: Stores, batch: readonly Asked[]) {
    const space = workspace(await stores.syncs.load(batch.map(needsOf)));
    const answers = batch.map(({ identity: { agentId }, request }) => {
      try {
        const draft = space.draft(agentId);
        if (!draft) throw new Fault("CERTIFICATE_UNKNOWN");
        const value = decideSync(draft, request, contextOf(agentId, request, draft.link.lastSeenAt));
        space.keep(draft);
        return { ok: true, value } as const;
      } catch (error) {
        return { ok: false, error } as const;
      }
    });
    const now = clock.wall();
    const changes = space.changes(now);
    await stores.syncs.save(changes);
    const trail = changes.tasks.flatMap(({ before, after }) =>
      trailOf(before, after, `agent:${after.agentId}`, now),
    );
    const told = changes.tasks.map(({ after }) => after);
    const alerts = await tendAlerts(stores, seenOf(changes.servers, told, now), now, () => ids.next());
    await parts.tell(stores, alerts);
    await stores.audit.append([...changes.audit, ...trail, ...alerts.trail]);
    const wakes = changes.tasks.flatMap(({ after: { wakeAt } }) => wakeAt ?? []);
    return { answers, wakeAt: Math.min(...wakes) };
  }

  /** Null when the agent has to be told something after all. */
  async function answerIdle(
    { orgId, agentId }: AgentIdentity,
    request: SyncRequest,
  ): Promise<SyncAnswer | null> {
    const view = await store.idle(orgId, agentId);
    const same =
      view !== null &&
      !view.waiting &&
      view.bootId === request.bootId &&
      view.inventoryHash === request.inventoryHash &&
      view.agentVersion === request.agentVersion &&
      view.lastSyncId !== request.syncId;
    return same ? { answer: null, nextPollMs: nextPollMs(false) } : null;
  }

  return {
    async sync(identity, request) {
      const { orgId, agentId } = identity;
      if (request.agentId !== agentId) throw new Fault("AGENT_MISMATCH");
      const idle = saysNothing(request) ? await answerIdle(identity, request) : null;
      const answer =
        idle ??
        (await queue
          .add({ identity, request })
          .catch((error: unknown) => processes.refuse(identity, request, error)));
      processes.accepted(agentId, request.bootId);
      contacts.heard(orgId, agentId, clock.wall(), request);
      noteProgress(contacts, agentId, request);
      return answer;
    },
    idle: () => queue.idle(),
  };
}

function noteProgress(contacts: Contacts, agentId: AgentId, { jobs }: SyncRequest): void {
  const live = jobs.flatMap(({ progress }) => (progress ? [progress] : []));
  if (live.length > 0) contacts.progress(agentId, live);
  contacts.keepProgress(agentId, new Set(jobs.map(({ taskId }) => taskId)));
}
