import { isFault, type SyncRequest } from "@fyr/protocol";
import type { AgentIdentity, HubPorts } from "../../ports.ts";
import type { HubStore } from "../../store/store.ts";

/**
 * Two processes with one identity are either a mistake or a theft: somebody has to know (security.md B2-S2), once for
 * each process that was refused.
 *
 * @returns what to do with a sync's error: note it where it is such a refusal, and throw it
 */
export function secondProcessAlarm({ clock, log }: HubPorts, store: HubStore) {
  const known = new Set<string>();
  return async function alarm(
    { orgId, agentId }: AgentIdentity,
    { bootId }: SyncRequest,
    error: unknown,
  ): Promise<never> {
    const process = `${agentId} ${bootId}`;
    if (!isFault(error, "SITE_ALREADY_BOUND") || known.has(process)) throw error;
    known.add(process);
    log.warn({ orgId, agentId, bootId }, "a second process speaks for a site");
    const entry = { orgId, at: clock.wall(), actor: `agent:${agentId}`, action: "agent.second_process" };
    await store.write(({ audit }) => audit.append([{ ...entry, object: agentId, after: { bootId } }]));
    throw error;
  };
}
