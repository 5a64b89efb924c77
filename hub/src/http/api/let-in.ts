import { Fault } from "@fyr/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { sourceOf } from "../throttle.ts";
import { credentialsOf, refuseCrossSite, refuseForeignPage, SESSION_COOKIE } from "./credentials.ts";
import { admit, identify, type Admitted, type Found, type GatePorts } from "./gate.ts";
import type { ApiRoute } from "./route.ts";
import type { Turns } from "./turns.ts";

declare module "fastify" {
  interface FastifyRequest {
    admitted?: Admitted;
  }
}

export interface DoorPorts extends GatePorts {
  readonly turns: Turns;
}

/** Before anything of the body is read. */
export async function letIn(
  ports: DoorPorts,
  each: ApiRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const cookie = request.cookies[SESSION_COOKIE];
  const credentials = credentialsOf(request.headers, cookie);
  // Whatever a route admits: what comes with a cookie has to come from our own page.
  if (credentials.kind === "cookie") {
    if (request.ws) refuseForeignPage(request.headers);
    else refuseCrossSite(request.method, request.headers, credentials.token);
  }
  const found = each.admits === "anyone" ? {} : await identify(ports, credentials);
  takeTurn(ports.turns, found, request, reply);
  const { orgId } = request.params as { orgId?: unknown };
  request.admitted = await admit(ports, each, found, orgId);
}

/** Whoever is known has turns of its own, so that strangers at the same address cannot use them up. */
function takeTurn(turns: Turns, found: Found, { ip }: FastifyRequest, reply: FastifyReply): void {
  const key = keyOf(found);
  if (key === null) turns.stranger(sourceOf(ip), reply);
  else turns.caller(key, reply);
}

function keyOf({ standing, caller }: Found): string | null {
  if (standing) return standing.sessionId;
  if (!caller) return null;
  return caller.kind === "service" ? caller.keyId : caller.kind;
}

/** A file is a file and JSON is JSON, and a route takes the one that it names. */
export function demandBody({ upload, body }: ApiRoute, { headers, body: sent }: FastifyRequest): void {
  const isFile = headers["content-type"]?.startsWith("application/octet-stream") ?? false;
  if (isFile !== (upload ?? false) && (body ?? upload ?? sent)) throw new Fault("MEDIA_TYPE_UNKNOWN");
}
