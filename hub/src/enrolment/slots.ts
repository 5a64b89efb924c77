import { codeId, codeVerifier, newEnrolmentCode, readEnrolmentCode } from "@fyr/certs";
import { AgentId, Fault, type AgentSummary, type OrgId } from "@fyr/protocol";
import { defaultFolderOf } from "../folders/default-folder.ts";
import type { ShowAgent } from "../fleet/service.ts";
import type { Contacts } from "../fleet/contacts.ts";
import type { HubPorts, Services } from "../ports.ts";
import type { HubStore } from "../store/store.ts";

export type SlotService = Pick<Services, "createAgent" | "revokeAgent">;

/** Makes places for agents, and takes them away (security.md 7.3, 7.5). */
export function slotService(
  ports: HubPorts,
  store: HubStore,
  contacts: Contacts,
  show: ShowAgent,
): SlotService {
  const { clock, ids, random, settings, welcome, connections } = ports;
  const codes = random.split("enrolment codes");

  async function summary(orgId: OrgId, agentId: AgentId): Promise<AgentSummary> {
    const agent = await store.read.fleet.agent(orgId, agentId);
    if (!agent) throw new Fault("NOT_FOUND");
    return show(agent);
  }

  return {
    async createAgent({ orgId, actor }, { name, folderId = defaultFolderOf(orgId) }) {
      const now = clock.wall();
      const agentId = AgentId.parse(ids.next());
      const code = newEnrolmentCode(codes, welcome.rootKeyHash);
      const read = readEnrolmentCode(code);
      const codeUntil = now + settings.codeMs;
      await store.write(async ({ organisations, folders, enrolment, audit }) => {
        // The folder stays until the agent is written.
        await organisations.lock(orgId);
        if ((await folders.pathOf(orgId, folderId)).length === 0) throw new Fault("NOT_FOUND");
        const proof = { codeId: codeId(read), codeVerifier: codeVerifier(read), codeUntil, codeUsedAt: null };
        const unclaimed = { claimedBy: null, claimedAt: null, hostName: null };
        const slot = { orgId, agentId, name, state: "invited", createdAt: now, folderId } as const;
        await enrolment.insertSlot({ ...slot, ...proof, ...unclaimed });
        const entry = { orgId, at: now, actor, action: "agent.invited", object: agentId };
        await audit.append([{ ...entry, after: { name, folderId, codeUntil } }]);
      });
      return { agent: await summary(orgId, agentId), code, codeUntil };
    },
    async revokeAgent({ orgId, actor }, agentId) {
      const now = clock.wall();
      await store.write(async ({ enrolment, audit }) => {
        const slot = await enrolment.slot(orgId, agentId);
        if (!slot) throw new Fault("NOT_FOUND");
        if (!(await enrolment.revokeSlot(orgId, agentId))) return;
        await enrolment.revokeCertificates(orgId, agentId, now);
        const entry = { orgId, at: now, actor, action: "agent.revoked", object: agentId };
        await audit.append([{ ...entry, before: { state: slot.state }, after: { state: "revoked" } }]);
      });
      contacts.forget(agentId);
      connections.cut(agentId);
      return summary(orgId, agentId);
    },
  };
}
