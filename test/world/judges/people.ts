import { AGENT_ROUTES, type AgentId, type OrgId } from "@fyr/protocol";
import type { World } from "../cast.ts";
import { textOf } from "../hub-door.ts";
import type { Judge } from "../witness.ts";

/** Nothing that is shown to an organisation, or sent to its agents, names what belongs to another. */
export function ownThingsOnly(world: World): Judge {
  const { stage, agents, organisations } = world;
  if (organisations.length < 2) return { name: "X5" };
  /** Words that occur in nobody else's data. */
  const words = (orgId: OrgId): string[] => [
    orgId,
    ...agents
      .filter((agent) => agent.orgId === orgId)
      .flatMap(({ host, site }) => [host.agentId, ...site.truth().map(({ serial }) => serial)]),
  ];
  const foreign = new Map<OrgId, RegExp>();
  const foreignTo = (orgId: OrgId): RegExp =>
    new RegExp(
      organisations
        .filter((id) => id !== orgId)
        .flatMap(words)
        .join("|"),
    );
  const look = (orgId: OrgId, text: string, where: string) => {
    const pattern = foreign.get(orgId) ?? foreignTo(orgId);
    foreign.set(orgId, pattern);
    const [word] = pattern.exec(text) ?? [];
    if (word !== undefined) stage.accuse("X5", `${where} of ${orgId} names ${word} of another organisation`);
  };
  return {
    name: "X5 I14",
    told: (orgId, what) => look(orgId, JSON.stringify(what), "an answer to people"),
    answered(agentId, { path }, { body }) {
      const agent = agents.find(({ host }) => host.agentId === agentId);
      if (agent && path === AGENT_ROUTES.sync)
        look(agent.orgId, Buffer.from(body).toString("utf8"), "an answer to an agent");
    },
  };
}

/** No password of a device is in anything that leaves its site. */
export const secretsStayHome = ({ stage, agents }: World): Judge => ({
  name: "X10",
  asked(agentId, asked) {
    const agent = agents.find(({ host }) => host.agentId === agentId);
    if (agent && textOf(asked).includes(agent.password))
      stage.accuse("X10", `${agent.host.name} told a password`);
  },
});

/** Once a revocation is answered, nothing of that agent is. */
export function outMeansOut({ stage }: World): Judge {
  const out = new Set<AgentId>();
  return {
    name: "X14",
    revoked: (agentId) => void out.add(agentId),
    answered(agentId, { path }, { status }) {
      if (out.has(agentId) && status < 400)
        stage.accuse("X14", `${path} of a revoked agent was answered ${status}`);
    },
  };
}
