import { Fault } from "@fyr/protocol";
import type { FastifyRequest } from "fastify";
import { credentialsOf, refuseCrossSite, SESSION_COOKIE } from "./credentials.ts";
import { admit, type Admitted, type GatePorts } from "./gate.ts";
import type { ApiRoute } from "./route.ts";

declare module "fastify" {
  interface FastifyRequest {
    admitted?: Admitted;
  }
}

/** Before anything of the body is read. */
export async function letIn(ports: GatePorts, each: ApiRoute, request: FastifyRequest): Promise<void> {
  const cookie = request.cookies[SESSION_COOKIE];
  const credentials = credentialsOf(request.headers, cookie);
  // Whatever a route admits: what comes with a cookie has to come from our own page.
  if (credentials.kind === "cookie") refuseCrossSite(request.method, request.headers, credentials.token);
  const { orgId } = request.params as { orgId?: unknown };
  request.admitted = await admit(ports, each, credentials, orgId);
}

/** A file is a file and JSON is JSON, and a route takes the one that it names. */
export function demandBody({ upload, body }: ApiRoute, { headers, body: sent }: FastifyRequest): void {
  const isFile = headers["content-type"]?.startsWith("application/octet-stream") ?? false;
  if (isFile !== (upload ?? false) && (body ?? upload ?? sent)) throw new Fault("MEDIA_TYPE_UNKNOWN");
}
