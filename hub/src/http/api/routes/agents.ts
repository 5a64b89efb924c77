import { AgentId, AgentSlot, AgentSummary, NewAgent, page, PageQuery } from "@fyr/protocol";
import { route } from "../route.ts";
import { known, OrgParams } from "./organisations.ts";

export const agents = [
  route({
    name: "listAgents",
    method: "GET",
    path: "/orgs/:orgId/agents",
    who: "operator",
    summary: "The agents of an organisation",
    params: OrgParams,
    query: PageQuery,
    answer: page(AgentSummary),
    run: async ({ services }, { params, query }) =>
      services.agents(await known(services, params.orgId), query),
  }),
  route({
    name: "createAgent",
    method: "POST",
    path: "/orgs/:orgId/agents",
    who: "operator",
    summary: "Make a place for an agent; the answer carries its one-time code, once",
    params: OrgParams,
    body: NewAgent,
    status: 201,
    answer: AgentSlot,
    async run({ services, enrolUrl }, { actor, params, body }) {
      const slot = await services.createAgent(actor, params.orgId, body.name);
      return { ...slot, enrolUrl: enrolUrl() };
    },
  }),
  route({
    name: "revokeAgent",
    method: "POST",
    path: "/orgs/:orgId/agents/:agentId/revoke",
    who: "operator",
    summary: "Shut an agent out: its certificate ends and its connections are cut",
    params: OrgParams.extend({ agentId: AgentId }),
    answer: AgentSummary,
    run: ({ services }, { actor, params }) => services.revokeAgent(actor, params.orgId, params.agentId),
  }),
];
