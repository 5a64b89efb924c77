import { channelBinding } from "@fyr/certs";
import {
  AGENT_ROUTES,
  EnrolRequest,
  Fault,
  NEXT_POLL_HEADER,
  parse,
  RenewRequest,
  SYNC_LIMITS,
  SyncRequest,
} from "@fyr/protocol";
import type { AgentDoor, AgentIdentity } from "../../ports.ts";
import { sourceOf, type Throttle } from "../throttle.ts";
import { readText, type BodyLimits } from "./body.ts";
import { answerEmpty, answerJson, type Exchange } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { serveImages, type ImagePorts } from "./images.ts";

export interface RoutePorts {
  readonly door: AgentDoor;
  readonly gate: Gate;
  readonly images: ImagePorts;
  /** Enrolments by source. */
  readonly enrolments: Throttle;
  /** Requests by agent. */
  readonly requests: Throttle;
}

/** What a certificate request takes, with room for the JSON around it. */
const SMALL: BodyLimits = { bytes: 16 * 1024, inflatedBytes: 16 * 1024 };
/** Reports of a whole site; events compress about tenfold. */
const SYNC: BodyLimits = { bytes: SYNC_LIMITS.requestBytes, inflatedBytes: 4 * SYNC_LIMITS.requestBytes };

/** One route of the agents' listener. */
export interface AgentRoute {
  readonly name: keyof typeof AGENT_ROUTES;
  readonly path: string;
  /** True when paths below `path` belong to the route too. */
  readonly below: boolean;
  readonly methods: readonly string[];
  /** Which certificate it wants: an enrolment has none yet, a renewal may bring an expired one. */
  readonly certificate: "none" | "valid" | "renewable";
  serve(ports: RoutePorts, exchange: Exchange): Promise<void>;
}

/** All that the listener answers besides the MQTT upgrade; walked by tests as it stands. */
export const AGENT_ROUTE_TABLE: readonly AgentRoute[] = [
  {
    name: "enrol",
    path: AGENT_ROUTES.enrol,
    below: false,
    methods: ["POST"],
    certificate: "none",
    serve: enrol,
  },
  {
    name: "sync",
    path: AGENT_ROUTES.sync,
    below: false,
    methods: ["POST"],
    certificate: "valid",
    serve: sync,
  },
  {
    name: "renew",
    path: AGENT_ROUTES.renew,
    below: false,
    methods: ["POST"],
    certificate: "renewable",
    serve: renew,
  },
  {
    name: "images",
    path: AGENT_ROUTES.images,
    below: true,
    methods: ["GET", "HEAD"],
    certificate: "valid",
    serve: images,
  },
];

/**
 * The route of a request.
 *
 * @throws Fault `NOT_FOUND`, `METHOD_UNKNOWN`
 */
export function routeOf(path: string, method: string | undefined): AgentRoute {
  const route = AGENT_ROUTE_TABLE.find(
    (each) => path === each.path || (each.below && path.startsWith(`${each.path}/`)),
  );
  if (!route) throw new Fault("NOT_FOUND");
  if (!route.methods.includes(method ?? "")) throw new Fault("METHOD_UNKNOWN", { allowed: route.methods });
  return route;
}

function turn(throttle: Throttle, key: string): void {
  const retryAfterMs = throttle.take(key);
  if (retryAfterMs > 0) throw new Fault("TOO_MANY_REQUESTS", { retryAfterMs });
}

async function enrol({ door, enrolments }: RoutePorts, exchange: Exchange): Promise<void> {
  turn(enrolments, sourceOf(exchange.socket.remoteAddress));
  const request = parse(EnrolRequest, await readText(exchange.request, SMALL));
  answerJson(exchange, await door.enrol(request, bindingOf(exchange)));
}

/** Below TLS 1.3 the exporter does not single out a connection, so a request could be carried to another. */
function bindingOf({ socket }: Exchange): Uint8Array {
  if (socket.getProtocol() !== "TLSv1.3")
    throw new Fault("ENROL_REQUEST_INVALID", { reason: "TLS 1.3 needed" });
  return channelBinding(socket);
}

async function admitted({ gate, requests }: RoutePorts, { socket }: Exchange): Promise<AgentIdentity> {
  const identity = await gate.admit(socket);
  turn(requests, identity.agentId);
  return identity;
}

async function sync(ports: RoutePorts, exchange: Exchange): Promise<void> {
  const identity = await admitted(ports, exchange);
  const request = parse(SyncRequest, await readText(exchange.request, SYNC));
  if (request.agentId !== identity.agentId) throw new Fault("AGENT_MISMATCH");
  const { answer, nextPollMs } = await ports.door.sync(identity, request);
  const headers = { [NEXT_POLL_HEADER]: nextPollMs };
  if (answer) answerJson(exchange, answer, headers);
  else answerEmpty(exchange, 204, headers);
}

async function renew({ door, gate, requests }: RoutePorts, exchange: Exchange): Promise<void> {
  const identity = await gate.admitForRenewal(exchange.socket);
  turn(requests, identity.agentId);
  const request = parse(RenewRequest, await readText(exchange.request, SMALL));
  answerJson(exchange, await door.renew(identity, request));
}

async function images(ports: RoutePorts, exchange: Exchange): Promise<void> {
  await admitted(ports, exchange);
  await serveImages(ports.images, exchange, exchange.path.slice(AGENT_ROUTES.images.length));
}
