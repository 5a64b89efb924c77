import type { Clock, Logger } from "@fyr/runtime";
import { Fault } from "@fyr/protocol";
import {
  fastify,
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { rawRefusal } from "../problem.ts";
import { noMetrics, type RequestMetrics } from "../metrics.ts";
import type { LiveStreams } from "../../live/streams.ts";
import type { GatePorts } from "./gate.ts";
import { refuse } from "./refuse.ts";
import type { ApiPorts } from "./route.ts";
import type { ApiLimits } from "./turns.ts";

export interface ApiServerPorts extends ApiPorts, GatePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: RequestMetrics;
  readonly limits: ApiLimits;
  readonly live: LiveStreams;
  /** Whom members of an archived organisation turn to; nobody is named when it is left out. */
  readonly support?: string | undefined;
  /** Addresses and networks of proxies whose word about the source of a request counts; nobody's otherwise. */
  readonly proxies?: readonly string[];
  /** Key and certificates; without them the server speaks clear HTTP and may only listen on loopback. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export const JSON_BYTES = 1024 * 1024;
const HEADERS_MS = 10_000;
const HEADER_BYTES = 16 * 1024;
const IDLE_MS = 60_000;
/** An image over a slow line. */
const REQUEST_MS = 60 * 60 * 1000;

export function newApp({ log, tls, limits, proxies = [] }: ApiServerPorts): FastifyInstance {
  const options = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    connectionTimeout: IDLE_MS,
    requestTimeout: REQUEST_MS,
    bodyLimit: JSON_BYTES,
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    forceCloseConnections: "idle" as const,
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      refuse({ log }, error, request, reply),
    clientErrorHandler: (_error: unknown, socket: NodeJS.WritableStream) =>
      void socket.end(rawRefusal(new Fault("MESSAGE_INVALID", { problems: ["not an HTTP request"] }), "en")),
  };
  const http = { headersTimeout: HEADERS_MS, maxHeaderSize: HEADER_BYTES };
  const app: unknown = tls
    ? fastify({ ...options, https: { ...http, ...tls, minVersion: "TLSv1.2" } })
    : fastify({ ...options, http });
  const found = app as FastifyInstance;
  found.server.maxConnections = limits.connections;
  return found;
}

export function observe(app: FastifyInstance, { metrics = noMetrics }: ApiServerPorts): void {
  app.addHook("onResponse", async (request, reply) => {
    const { operationId = "refused" } = (request.routeOptions.schema ?? {}) as { operationId?: string };
    metrics.observe(operationId, reply.statusCode, reply.elapsedTime);
  });
}
