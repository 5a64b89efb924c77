import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { Logger } from "@fyr/runtime";
import { listenOn } from "../http/listen.ts";
import type { Gate } from "../http/agents/gate.ts";
import type { Broker } from "./broker.ts";

export interface MqttListener {
  /** Port 0 takes a free one. */
  listen(port: number, host: string): Promise<number>;
  renewTls(tls: TlsOptions): void;
  close(): Promise<void>;
}

export interface MqttListenerPorts {
  readonly log: Logger;
  readonly gate: Gate;
  readonly broker: Broker;
  readonly connections: number;
}

/** CONNACK "not authorized": says why before the socket closes, to a client that is about to ask. */
const NOT_AUTHORIZED = Buffer.from([0x20, 0x02, 0x00, 0x05]);
const HANDSHAKE_MS = 10_000;

/** MQTT over mutual TLS; who has no valid certificate never reaches the broker. */
export function createMqttListener(ports: MqttListenerPorts, tls: TlsOptions): MqttListener {
  const { log, gate, broker, connections } = ports;
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...tls, handshakeTimeout: HANDSHAKE_MS }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setNoDelay(true);
    gate.admit(socket).then(
      (identity) => broker.accept(socket, identity),
      (error: Error) => {
        log.debug({ reason: error.message }, "mqtt refused");
        socket.end(NOT_AUTHORIZED, () => socket.destroy());
      },
    );
  });
  server.maxConnections = connections;
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  return {
    listen: (port, host) => listenOn(server, port, host),
    renewTls: (next) => server.setSecureContext(next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
