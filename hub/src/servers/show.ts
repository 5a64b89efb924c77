import type { ImageFacts } from "@fyr/certs";
import type { Server } from "@fyr/protocol";
import type { TaskRecord } from "../upgrades/task.ts";
import { recommendPackage } from "./recommend.ts";
import type { ServerRecord } from "./server.ts";
import { stateOf } from "./state.ts";

/** What is known of an agent at this moment. */
export interface AgentSeen {
  readonly online: boolean;
  readonly lastSeenAt: number | null;
}

export interface ShowFacts {
  readonly task: TaskRecord | null;
  readonly agent: AgentSeen;
  readonly images: readonly ImageFacts[];
  readonly now: number;
}

/** A server as people see it, with what is known at this moment. */
export function showServer(server: ServerRecord, { task, agent, images, now }: ShowFacts): Server {
  const { id, facts, agentId, folderId, deviceCount, registeredAt, reportedAt, state } = server;
  const { uid, product, machineId, name, version, edition, os, licensing, counts } = facts;
  const silentSince = agent.online ? null : (agent.lastSeenAt ?? reportedAt);
  return {
    ...{ id, uid, product, machineId, name, version, edition, os, licensing, counts },
    ...{ agentId, folderId, deviceCount: deviceCount ?? "unknown" },
    state: stateOf({ server, task, silentSince }, now),
    trouble: state === "elsewhere" ? "SERVER_REGISTERED_ELSEWHERE" : null,
    recommended: recommendPackage(images, server),
    activeTaskId: task?.id ?? null,
    ...{ registeredAt, reportedAt, lastSeenAt: agent.lastSeenAt },
  };
}
