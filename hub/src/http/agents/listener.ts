import { createServer } from "node:https";
import type { TlsOptions } from "node:tls";
import type { ConnectionBook } from "../connections.ts";
import { drained, listenOn } from "../listen.ts";
import { answering, type AnsweringPorts } from "./answering.ts";
import { refuseWhatIsNotHttp } from "./broken.ts";
import { createGate } from "./gate.ts";
import { AGENTS_LIMITS, type AgentsLimits } from "./limits.ts";
import { upgrading, type UpgradePorts } from "./upgrade.ts";

export interface AgentsPorts extends AnsweringPorts, UpgradePorts {
  readonly connections: ConnectionBook;
  /** The intermediates whose agents are let in, PEM. */
  readonly agentsPems: () => readonly string[];
}

export interface AgentsListener {
  /** Port 0 takes a free one. */
  listen(port: number, host: string): Promise<number>;
  /** New connections show the new certificate; open ones stay. */
  renewTls(tls: TlsOptions): void;
  /** Takes no more connections, lets running exchanges end, then closes what is kept open. */
  close(): Promise<void>;
}

/** How often Node looks for requests that take too long. */
const CHECK_MS = 5_000;

/** The agents' listener (design.md D4): mutual TLS, a handful of routes, nothing between them and the socket. */
export function createAgentsListener(
  ports: AgentsPorts,
  tls: TlsOptions,
  limits: AgentsLimits = AGENTS_LIMITS,
): AgentsListener {
  const gate = createGate(ports);
  const answer = answering(ports, gate, limits);
  const server = createServer(
    {
      ...tls,
      handshakeTimeout: limits.headersMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersMs),
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headerBytes,
    },
    answer,
  );
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = 0;
  server.on("checkExpectation", answer);
  refuseWhatIsNotHttp(server);
  server.on("upgrade", upgrading(ports, gate));
  return {
    listen: (port, host) => listenOn(server, port, host),
    close: drained(server, ports.clock, limits.drainMs),
    renewTls: (next) => server.setSecureContext(next),
  };
}
