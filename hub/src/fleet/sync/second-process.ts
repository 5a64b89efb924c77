import { isFault, type AgentId, type BootId, type SyncId, type SyncRequest } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../../ports.ts";
import type { HubStore } from "../../store/store.ts";

/** When a process was refused, and what it had said. */
export interface Refusal {
  readonly at: number;
  readonly syncId: SyncId;
}

/** Processes that were refused, because another speaks for their site. */
export interface SecondProcesses {
  /** Notes the refusal, where the error is one, and throws it. */
  refuse(identity: AgentIdentity, request: SyncRequest, error: unknown): Promise<never>;
  /** This process's first refusal; null when there was none, or it has spoken for the site since. */
  refusal(agentId: AgentId, bootId: BootId): Refusal | null;
  /** It speaks for the site. */
  accepted(agentId: AgentId, bootId: BootId): void;
}

/**
 * Two processes with one identity are either a mistake or a theft: somebody has to know (security.md B2-S2), once for
 * each process that was refused.
 */
export function secondProcesses({ clock, log }: HubPorts, store: HubStore): SecondProcesses {
  const refusals = new Map<string, Refusal>();
  const nameOf = (agentId: AgentId, bootId: BootId): string => `${agentId} ${bootId}`;
  return {
    async refuse({ orgId, agentId }, { bootId, syncId }, error) {
      const process = nameOf(agentId, bootId);
      if (!isFault(error, "SITE_ALREADY_BOUND") || refusals.has(process)) throw error;
      refusals.set(process, { at: clock.wall(), syncId });
      log.warn({ orgId, agentId, bootId }, "a second process speaks for a site");
      const entry = { orgId, at: clock.wall(), actor: `agent:${agentId}`, action: "agent.second_process" };
      await store.write(({ audit }) => audit.append([{ ...entry, object: agentId, after: { bootId } }]));
      throw error;
    },
    refusal: (agentId, bootId) => refusals.get(nameOf(agentId, bootId)) ?? null,
    accepted: (agentId, bootId) => void refusals.delete(nameOf(agentId, bootId)),
  };
}
