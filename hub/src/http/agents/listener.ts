import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket, TlsOptions } from "node:tls";
import { AGENT_ROUTES, Fault } from "@fyr/protocol";
import type { Cancel, Clock, Logger } from "@fyr/runtime";
import type { AgentDoor, AgentIdentity } from "../../ports.ts";
import type { ConnectionBook } from "../connections.ts";
import { preferredLanguage } from "../language.ts";
import { noMetrics, type RequestMetrics } from "../metrics.ts";
import { rawRefusal, toFault } from "../problem.ts";
import { createThrottle } from "../throttle.ts";
import { PeerGone } from "./body.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { createGate, type Gate } from "./gate.ts";
import type { ImageShelf } from "./images.ts";
import { routeOf, type RoutePorts } from "./routes.ts";
import { createTransfers } from "./send-bytes.ts";

export interface AgentsLimits {
  readonly connections: number;
  /** Requests being answered at once; one more is told to come back. */
  readonly requestsAtOnce: number;
  readonly transfersAtOnce: number;
  readonly enrolmentsPerMinute: number;
  /** Requests that one agent may make per second, over bursts of ten seconds. */
  readonly requestsPerSecond: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** Silence in the middle of an exchange. */
  readonly idleMs: number;
  /** Silence between exchanges; longer than the slowest poll, so that polls keep their connection. */
  readonly keepAliveMs: number;
  readonly headerBytes: number;
  /** How long running exchanges may take to end when the listener closes. */
  readonly drainMs: number;
}

export const AGENTS_LIMITS: AgentsLimits = {
  connections: 15_000,
  requestsAtOnce: 2_000,
  transfersAtOnce: 200,
  enrolmentsPerMinute: 10,
  requestsPerSecond: 50,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 60_000,
  keepAliveMs: 11 * 60_000,
  headerBytes: 8 * 1024,
  drainMs: 5_000,
};

/** Takes over a connection that asked for MQTT over WebSocket. */
export type MqttUpgrade = (
  request: IncomingMessage,
  socket: TLSSocket,
  head: Buffer,
  identity: AgentIdentity,
) => void;

export interface AgentsPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly door: AgentDoor;
  readonly shelf: ImageShelf;
  readonly connections: ConnectionBook;
  /** The intermediates whose agents are let in, PEM. */
  readonly agentsPems: () => readonly string[];
  readonly mqtt?: MqttUpgrade;
  readonly metrics?: RequestMetrics;
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
const SWEEP_MS = 50;

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
    ...opening(server, ports.clock, limits.drainMs),
    renewTls: (next) => server.setSecureContext(next),
  };
}

function answering(ports: AgentsPorts, gate: Gate, limits: AgentsLimits) {
  const { clock, log, door, shelf, metrics = noMetrics } = ports;
  const perMinute = limits.enrolmentsPerMinute;
  const routePorts: RoutePorts = {
    door,
    gate,
    images: { shelf, transfers: createTransfers(), transfersAtOnce: limits.transfersAtOnce },
    enrolments: createThrottle(clock, { burst: perMinute, everyMs: 60_000 / perMinute, keys: 10_000 }),
    requests: createThrottle(clock, {
      burst: 10 * limits.requestsPerSecond,
      everyMs: 1_000 / limits.requestsPerSecond,
      keys: 50_000,
    }),
  };
  let running = 0;

  const serve = async (exchange: Exchange): Promise<string> => {
    const route = routeOf(exchange.path, exchange.request.method);
    if (running > limits.requestsAtOnce) throw new Fault("HUB_BUSY", { reason: "requests" });
    await route.serve(routePorts, exchange);
    return route.name;
  };

  const failed = (exchange: Exchange, error: unknown): void => {
    if (error instanceof PeerGone || exchange.socket.destroyed) return;
    const fault = toFault(error);
    if (fault.status === 500) log.error({ error, path: exchange.path }, "request failed");
    refuse(exchange, fault);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TLSSocket;
    const path = request.url?.split("?", 1)[0] ?? "";
    const exchange = { request, response, socket, path };
    const startedMs = clock.mono();
    running += 1;
    void serve(exchange)
      .catch((error: unknown) => {
        failed(exchange, error);
        return "refused";
      })
      .then((route) => {
        running -= 1;
        metrics.observe(route, response.statusCode, clock.mono() - startedMs);
      });
  };
}

/** Broken requests never become an exchange, but are answered in the same form. */
function refuseWhatIsNotHttp(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
    const fault = tooLarge
      ? new Fault("MESSAGE_TOO_LARGE", { part: "headers" })
      : new Fault("MESSAGE_INVALID", { problems: ["not an HTTP request, or not in time"] });
    socket.end(rawRefusal(fault, "en"));
  });
  server.on("connect", (request, socket) => {
    const language = preferredLanguage(request.headers["accept-language"]);
    socket.end(rawRefusal(new Fault("METHOD_UNKNOWN"), language));
  });
  // A handshake that failed has no HTTP to answer in; without a listener it would end the process.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
}

function upgrading({ log, mqtt }: AgentsPorts, gate: Gate) {
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

function opening(server: Server, clock: Clock, drainMs: number): Pick<AgentsListener, "listen" | "close"> {
  const sockets = new Set<Duplex>();
  server.on("connection", (socket: Duplex) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  /** An exchange that ends while we close leaves its connection idle; it is looked for until none is left. */
  const closeIdle = (): Cancel => {
    let cancel: Cancel = () => undefined;
    const sweep = () => {
      server.closeIdleConnections();
      cancel = clock.after(SWEEP_MS, sweep);
    };
    sweep();
    return () => cancel();
  };
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, host, backlog: 4_096 }, () => {
          server.off("error", reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        const cancels: Cancel[] = [];
        server.close(() => {
          for (const cancel of cancels) cancel();
          resolve();
        });
        cancels.push(
          closeIdle(),
          clock.after(drainMs, () => sockets.forEach((socket) => void socket.destroy())),
        );
      }),
  };
}
