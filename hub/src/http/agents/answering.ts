import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { Fault } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import type { AgentDoor } from "../../ports.ts";
import { noMetrics, type RequestMetrics } from "../metrics.ts";
import { toFault } from "../problem.ts";
import { createThrottle } from "../throttle.ts";
import { PeerGone } from "./body.ts";
import { refuse, type Exchange } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import type { ImageShelf } from "./images.ts";
import type { AgentsLimits } from "./limits.ts";
import { routeOf, type RoutePorts } from "./routes.ts";
import { createTransfers } from "./send-bytes.ts";

export interface AnsweringPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly door: AgentDoor;
  readonly shelf: ImageShelf;
  readonly metrics?: RequestMetrics;
}

function routePortsOf({ clock, door, shelf }: AnsweringPorts, gate: Gate, limits: AgentsLimits): RoutePorts {
  const { enrolmentsPerMinute, requestsPerSecond, transfersAtOnce } = limits;
  return {
    door,
    gate,
    images: { shelf, transfers: createTransfers(), transfersAtOnce },
    enrolments: createThrottle(clock, {
      burst: enrolmentsPerMinute,
      everyMs: 60_000 / enrolmentsPerMinute,
      keys: 10_000,
    }),
    requests: createThrottle(clock, {
      burst: 10 * requestsPerSecond,
      everyMs: 1_000 / requestsPerSecond,
      keys: 50_000,
    }),
  };
}

/** Answers each request by its route; whatever goes wrong becomes a problem document. */
export function answering(ports: AnsweringPorts, gate: Gate, limits: AgentsLimits) {
  const { clock, log, metrics = noMetrics } = ports;
  const routePorts = routePortsOf(ports, gate, limits);
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
