import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { AGENT_ROUTES, Fault } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { AgentIdentity } from "../../ports.ts";
import { preferredLanguage } from "../language.ts";
import { rawRefusal, toFault } from "../problem.ts";
import type { Gate } from "./gate.ts";

/** Takes over a connection that asked for MQTT over WebSocket. */
export type MqttUpgrade = (
  request: IncomingMessage,
  socket: TLSSocket,
  head: Buffer,
  identity: AgentIdentity,
) => void;

export interface UpgradePorts {
  readonly log: Logger;
  /** Absent where agents are not rung. */
  readonly mqtt?: MqttUpgrade;
}

/** A connection may become MQTT, for an agent with a valid certificate and at the one path for it. */
export function upgrading({ log, mqtt }: UpgradePorts, gate: Gate) {
  const admit = async (request: IncomingMessage, socket: TLSSocket): Promise<AgentIdentity> => {
    const path = request.url?.split("?", 1)[0];
    if (path !== AGENT_ROUTES.mqtt || !mqtt) throw new Fault("NOT_FOUND");
    return gate.admit(socket);
  };
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const socket = stream as TLSSocket;
    const ignoreBroken = () => socket.destroy();
    socket.on("error", ignoreBroken);
    admit(request, socket).then(
      (identity) => {
        socket.off("error", ignoreBroken);
        socket.setTimeout(0);
        mqtt?.(request, socket, head, identity);
      },
      (error: unknown) => {
        const fault = toFault(error);
        if (fault.status === 500) log.error({ error }, "upgrade failed");
        socket.end(rawRefusal(fault, preferredLanguage(request.headers["accept-language"])));
      },
    );
  };
}
