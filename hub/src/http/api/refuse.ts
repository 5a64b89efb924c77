import { Fault } from "@fyr/protocol";
import type { Logger } from "@fyr/runtime";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isWorthKeeping } from "../keep.ts";
import { preferredLanguage } from "../language.ts";
import { refusal } from "../problem.ts";
import { apiFault } from "./faults.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

const PATTERNS = API_ROUTES.map(
  ({ path }) => new RegExp(`^${API_PREFIX}${path.replaceAll(/:\w+/g, "[^/]+")}$`),
);
const OPEN_PATHS = new Set(["/healthz", `${API_PREFIX}/openapi.json`]);

export function unknownRoute({ url }: FastifyRequest): Fault {
  const path = url.split("?", 1)[0] ?? "";
  const exists = OPEN_PATHS.has(path) || PATTERNS.some((pattern) => pattern.test(path));
  return new Fault(exists ? "METHOD_UNKNOWN" : "NOT_FOUND");
}

/** Only support can open an archived organisation again, so its refusal says where support is. */
function withContact(fault: Fault, support: string | undefined): Fault {
  if (fault.code !== "ORG_ARCHIVED" || support === undefined) return fault;
  return new Fault("ORG_ARCHIVED", { ...fault.details, support });
}

export function refuse(
  { log, support }: { readonly log: Logger; readonly support?: string | undefined },
  error: FastifyError | Fault,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const fault = withContact(error instanceof Fault ? error : apiFault(error), support);
  if (fault.status === 500) log.error({ error, path: request.routeOptions.url }, "request failed");
  const { status, headers, body } = refusal(fault, preferredLanguage(request.headers["accept-language"]));
  if (!isWorthKeeping(request.raw)) void reply.header("connection", "close");
  // The finished text: a problem is no answer of the route, so the route's schema does not apply.
  return reply.status(status).headers(headers).serializer(String).send(body);
}
