import {
  SYNC_LIMITS,
  WIRE_VERSION,
  type AgentId,
  type BootId,
  type SyncId,
  type SyncRequest,
} from "@fyr/protocol";
import type { Inventory, Jobs, ServerReports } from "../ports.ts";

export interface RequestFacts {
  readonly agentId: AgentId;
  readonly bootId: BootId;
  readonly agentVersion: string;
  readonly syncId: SyncId;
  readonly agentTime: number;
  readonly cacheFreeBytes: number;
  /** The hub lost our inventory, or never had it. */
  readonly wholeInventory: boolean;
  /** At most so many events, fewer when a request was refused as too large. */
  readonly events: number;
}

const COMMAND_ACKS = 500;

/** Everything that the site has to say now. Events that do not fit follow in the next request. */
export function syncRequest(
  facts: RequestFacts,
  jobs: Jobs,
  inventory: Inventory,
  reports?: Pick<ServerReports, "pending">,
): SyncRequest {
  const delta = inventory.delta(facts.wholeInventory);
  const servers = reports?.pending() ?? [];
  const whole: SyncRequest = {
    wire: WIRE_VERSION,
    agentId: facts.agentId,
    bootId: facts.bootId,
    syncId: facts.syncId,
    agentTime: Math.trunc(facts.agentTime),
    agentVersion: facts.agentVersion,
    capacity: {
      jobs: Math.min(jobs.freeSlots(), SYNC_LIMITS.grants),
      cacheFreeBytes: Math.max(0, Math.trunc(facts.cacheFreeBytes)),
    },
    jobs: jobs.standings().slice(0, SYNC_LIMITS.jobs),
    events: jobs.outbox(Math.min(facts.events, SYNC_LIMITS.events)),
    commandAcks: jobs.commandAcks().slice(0, COMMAND_ACKS),
    inventoryHash: inventory.hash(),
    ...(delta && { inventory: delta }),
    ...(servers.length > 0 && { servers }),
  };
  return fitting(whole);
}

const sizeOf = (request: SyncRequest): number => Buffer.byteLength(JSON.stringify(request));

/** Leaves out what can wait until the request is small enough: live progress first, then the newest events. */
function fitting(request: SyncRequest): SyncRequest {
  if (sizeOf(request) <= SYNC_LIMITS.requestBytes) return request;
  const jobs = request.jobs.map(({ progress: _live, ...standing }) => standing);
  let fit: SyncRequest = { ...request, jobs };
  while (sizeOf(fit) > SYNC_LIMITS.requestBytes && fit.events.length > 0) {
    fit = { ...fit, events: fit.events.slice(0, Math.floor(fit.events.length / 2)) };
  }
  return fit;
}
