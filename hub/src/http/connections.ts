import type { AgentId } from "@fyr/protocol";
import type { Connections } from "../ports.ts";

/** What can be cut: a socket of any of the listeners. */
export interface Cuttable {
  destroy(): unknown;
  once(event: "close", act: () => void): unknown;
}

export interface ConnectionBook extends Connections {
  /**
   * Notes that `socket` speaks for `agentId`, until it closes. Called before the database is asked, so that no
   * socket slips between a revocation and its cut.
   */
  hold(agentId: AgentId, socket: Cuttable): void;
  count(): number;
}

/** Every open socket by the agent that its certificate names, over all listeners. */
export function createConnections(): ConnectionBook {
  const open = new Map<AgentId, Set<Cuttable>>();
  const forget = (agentId: AgentId, socket: Cuttable) => {
    const sockets = open.get(agentId);
    sockets?.delete(socket);
    if (sockets?.size === 0) open.delete(agentId);
  };
  return {
    hold(agentId, socket) {
      const sockets = open.get(agentId) ?? new Set();
      if (sockets.has(socket)) return;
      open.set(agentId, sockets.add(socket));
      socket.once("close", () => forget(agentId, socket));
    },
    cut(agentId) {
      for (const socket of open.get(agentId) ?? []) socket.destroy();
    },
    count: () => [...open.values()].reduce((sum, sockets) => sum + sockets.size, 0),
  };
}
