import { isFault, type AgentId, type BootId, type SyncRequest } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../../ports.ts";
import type { HubStore } from "../../store/store.ts";

/** Processes that were refused, because another speaks for their site. */
export interface SecondProcesses {
  /** Notes the refusal, where the error is one, and throws it. */
  refuse(identity: AgentIdentity, request: SyncRequest, error: unknown): Promise<never>;
  /** When this process was first refused; null when it never was, or has spoken for the site since. */
  refusedSince(agentId: AgentId, bootId: BootId): number | null;
  /** It speaks for the site. */
  accepted(agentId: AgentId, bootId: BootId): void;
}

/**
 * Two processes with one identity are either a mistake or a theft: somebody has to know (security.md B2-S2), once for
 * each process that was refused.
 */
export function secondProcesses({ clock, log }: HubPorts, store: HubStore): SecondProcesses {
  const since = new Map<string, number>();
  const nameOf = (agentId: AgentId, bootId: BootId): string => `${agentId} ${bootId}`;
  return {
    async refuse({ orgId, agentId }, { bootId }, error) {
      const process = nameOf(agentId, bootId);
      if (!isFault(error, "SITE_ALREADY_BOUND") || since.has(process)) throw error;
      since.set(process, clock.wall());
      log.warn({ orgId, agentId, bootId }, "a second process speaks for a site");
      const entry = { orgId, at: clock.wall(), actor: `agent:${agentId}`, action: "agent.second_process" };
      await store.write(({ audit }) => audit.append([{ ...entry, object: agentId, after: { bootId } }]));
      throw error;
    },
    refusedSince: (agentId, bootId) => since.get(nameOf(agentId, bootId)) ?? null,
    accepted: (agentId, bootId) => void since.delete(nameOf(agentId, bootId)),
  };
}
