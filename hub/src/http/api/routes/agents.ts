import { AgentId, AgentSlot, AgentSummary, NewAgent, page, PageQuery } from "@fyr/protocol";
import { memberRoute } from "../route.ts";
import { OrgParams } from "./params.ts";

export const agents = [
  memberRoute({
    name: "listAgents",
    method: "GET",
    path: "/orgs/:orgId/agents",
    action: "agent.read",
    summary: "The agents of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(AgentSummary),
    run: ({ services }, { member, query }) => services.agents(member, query),
  }),
  memberRoute({
    name: "createAgent",
    method: "POST",
    path: "/orgs/:orgId/agents",
    action: "agent.register",
    summary: "Make a place for an agent; the answer carries its one-time code, once",
    params: OrgParams,
    body: NewAgent,
    status: 201,
    answer: AgentSlot,
    async run({ services, enrolUrl }, { member, body }) {
      const slot = await services.createAgent(member, body);
      return { ...slot, enrolUrl: enrolUrl() };
    },
  }),
  memberRoute({
    name: "revokeAgent",
    method: "POST",
    path: "/orgs/:orgId/agents/:agentId/revoke",
    action: "agent.register",
    summary: "Shut an agent out: its certificate ends and its connections are cut",
    params: OrgParams.extend({ agentId: AgentId }),
    answer: AgentSummary,
    run: ({ services }, { member, params }) => services.revokeAgent(member, params.agentId),
  }),
];
