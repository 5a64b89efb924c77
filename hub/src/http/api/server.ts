import cookies from "@fastify/cookie";
import { Fault, parse, type Page } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import {
  fastify,
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import { isWorthKeeping } from "../keep.ts";
import { preferredLanguage } from "../language.ts";
import { noMetrics, type RequestMetrics } from "../metrics.ts";
import { rawRefusal, refusal } from "../problem.ts";
import { sourceOf } from "../throttle.ts";
import { apiDocument } from "./document.ts";
import { credentialsOf, refuseCrossSite, SESSION_COOKIE } from "./credentials.ts";
import { apiFault } from "./faults.ts";
import { admit, type Admitted, type GatePorts } from "./gate.ts";
import type { ApiPorts, ApiRoute, FileAnswer, SessionJar, Upload } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";

declare module "fastify" {
  interface FastifyRequest {
    admitted?: Admitted;
  }
}

export interface ApiServerPorts extends ApiPorts, GatePorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics?: RequestMetrics;
  /** Key and certificates; without them the server speaks clear HTTP and may only listen on loopback. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const USER_AGENT_CHARS = 200;
const JSON_BYTES = 1024 * 1024;
const HEADERS_MS = 10_000;
const HEADER_BYTES = 16 * 1024;
const IDLE_MS = 60_000;
/** An image over a slow line. */
const REQUEST_MS = 60 * 60 * 1000;

/** The public API as a fastify application, to be listened with or injected into. */
export async function createApi(ports: ApiServerPorts): Promise<FastifyInstance> {
  const app = newApp(ports);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string", bodyLimit: JSON_BYTES },
    async (_request: unknown, text: string) => parse(z.unknown(), text),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => refuse(ports, error, request, reply));
  app.setNotFoundHandler((request, reply) => refuse(ports, unknownRoute(request), request, reply));
  observe(app, ports);
  await app.register(cookies);
  await app.register(async (api) => serve(api, ports), { prefix: API_PREFIX });
  app.get("/healthz", async () => {
    await ports.services.alive();
    return { status: "ok" };
  });
  const document = apiDocument(API_PREFIX, API_ROUTES);
  app.get(`${API_PREFIX}/openapi.json`, () => document);
  return app;
}

function newApp({ log, tls }: ApiServerPorts): FastifyInstance {
  const options = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    connectionTimeout: IDLE_MS,
    requestTimeout: REQUEST_MS,
    bodyLimit: JSON_BYTES,
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
  return app as FastifyInstance;
}

/** What fastify checks; the name is for metrics. */
const schemaOf = ({ name, params, query, body, status = 200, answer, download }: ApiRoute) => ({
  operationId: name,
  ...(params && { params }),
  ...(query && { querystring: query }),
  ...(body && { body }),
  ...(!download && status !== 204 && { response: { [status]: answer } }),
});

/** Every route of the table, behind the check of who is calling. */
function serve(api: FastifyInstance, ports: ApiServerPorts): void {
  api.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  api.decorateRequest("admitted");
  for (const each of API_ROUTES) {
    api.route({
      method: each.method,
      url: each.path,
      schema: schemaOf(each),
      onRequest: async (request) => letIn(ports, each, request),
      preValidation: async (request) => demandBody(each, request),
      handler: async (request, reply) => answer(ports, each, request, reply),
    });
  }
}

/** Before anything of the body is read. */
async function letIn(ports: ApiServerPorts, each: ApiRoute, request: FastifyRequest): Promise<void> {
  const cookie = request.cookies[SESSION_COOKIE];
  const credentials = credentialsOf(request.headers, cookie);
  // Whatever a route admits: what comes with a cookie has to come from our own page.
  if (credentials.kind === "cookie") refuseCrossSite(request.method, request.headers, credentials.token);
  const { orgId } = request.params as { orgId?: unknown };
  request.admitted = await admit(ports, each, credentials, orgId);
}

/** A file is a file and JSON is JSON, and a route takes the one that it names. */
function demandBody({ upload, body }: ApiRoute, { headers, body: sent }: FastifyRequest): void {
  const isFile = headers["content-type"]?.startsWith("application/octet-stream") ?? false;
  if (isFile !== (upload ?? false) && (body ?? upload ?? sent)) throw new Fault("MEDIA_TYPE_UNKNOWN");
}

const uploadOf = ({ raw, headers }: FastifyRequest): Upload => ({
  bytes: raw,
  announcedBytes: headers["content-length"] === undefined ? null : Number(headers["content-length"]),
});

const IdempotencyKey = z
  .string()
  .regex(/^[!-~]{1,200}$/, "Idempotency-Key: 1 to 200 printable ASCII characters")
  .optional();

function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = IdempotencyKey.safeParse(headers["idempotency-key"]);
  if (key.success) return key.data;
  throw new Fault("MESSAGE_INVALID", { problems: key.error.issues.map(({ message }) => message) });
}

async function answer(
  ports: ApiPorts,
  each: ApiRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { params, query } = request;
  const found = await each.run(ports, {
    ...(request.admitted as Admitted),
    params,
    query,
    body: each.upload ? uploadOf(request) : request.body,
    idempotencyKey: idempotencyKey(request),
    ifMatch: each.versioned ? versionWanted(request) : 0,
    source: sourceOf(request.ip),
    userAgent: (request.headers["user-agent"] ?? "").slice(0, USER_AGENT_CHARS),
    language: preferredLanguage(request.headers["accept-language"]),
    jar: jarOf(request, reply),
  });
  void reply.status(each.status ?? 200);
  if (each.download) return sendFile(reply, found as FileAnswer);
  if (each.status === 204) return reply.send();
  linkNext(request, reply, found);
  tagVersion(reply, found);
  return reply.send(found);
}

/** A browser keeps the token where no script can read it, and sends it to this host alone. */
function jarOf({ cookies }: FastifyRequest, reply: FastifyReply): SessionJar {
  const where = { path: "/", secure: true, httpOnly: true, sameSite: "strict" } as const;
  return {
    token: cookies[SESSION_COOKIE] ?? null,
    keep: (token, untilMs) =>
      void reply.setCookie(SESSION_COOKIE, token, { ...where, expires: new Date(untilMs) }),
    drop: () => void reply.clearCookie(SESSION_COOKIE, where),
  };
}

function sendFile(reply: FastifyReply, { type, fileName, bytes }: FileAnswer): FastifyReply {
  return reply
    .header("content-type", type)
    .header("content-disposition", `attachment; filename="${fileName}"`)
    .header("cache-control", "no-store")
    .send(bytes);
}

/** @throws Fault `PRECONDITION_REQUIRED` without `If-Match`, `MESSAGE_INVALID` for one that is no ETag of ours */
function versionWanted({ headers }: FastifyRequest): number {
  const wanted = headers["if-match"];
  if (wanted === undefined) throw new Fault("PRECONDITION_REQUIRED");
  const version = /^"(\d{1,15})"$/.exec(wanted)?.[1];
  if (version === undefined)
    throw new Fault("MESSAGE_INVALID", { problems: ["If-Match: not an ETag of ours"] });
  return Number(version);
}

/** What has a version can be edited with `If-Match`. */
function tagVersion(reply: FastifyReply, found: unknown): void {
  const version = (found as { version?: unknown } | null | undefined)?.version;
  if (typeof version === "number") void reply.header("etag", `"${version}"`);
}

/** The next page's address, as RFC 8288 has it. */
function linkNext(request: FastifyRequest, reply: FastifyReply, found: unknown): void {
  const next = (found as Partial<Page<unknown>> | null | undefined)?.next;
  if (typeof next !== "string") return;
  const [path = "", query] = request.url.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("after", next);
  void reply.header("link", `<${path}?${parameters.toString()}>; rel="next"`);
}

const PATTERNS = API_ROUTES.map(
  ({ path }) => new RegExp(`^${API_PREFIX}${path.replaceAll(/:\w+/g, "[^/]+")}$`),
);
const OPEN_PATHS = new Set(["/healthz", `${API_PREFIX}/openapi.json`]);

function unknownRoute({ url }: FastifyRequest): Fault {
  const path = url.split("?", 1)[0] ?? "";
  const exists = OPEN_PATHS.has(path) || PATTERNS.some((pattern) => pattern.test(path));
  return new Fault(exists ? "METHOD_UNKNOWN" : "NOT_FOUND");
}

function refuse(
  { log }: Pick<ApiServerPorts, "log">,
  error: FastifyError | Fault,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const fault = error instanceof Fault ? error : apiFault(error);
  if (fault.status === 500) log.error({ error, path: request.routeOptions.url }, "request failed");
  const { status, headers, body } = refusal(fault, preferredLanguage(request.headers["accept-language"]));
  if (!isWorthKeeping(request.raw)) void reply.header("connection", "close");
  // The finished text: a problem is no answer of the route, so the route's schema does not apply.
  return reply.status(status).headers(headers).serializer(String).send(body);
}

function observe(app: FastifyInstance, { metrics = noMetrics }: ApiServerPorts): void {
  app.addHook("onResponse", async (request, reply) => {
    const { operationId = "refused" } = (request.routeOptions.schema ?? {}) as { operationId?: string };
    metrics.observe(operationId, reply.statusCode, reply.elapsedTime);
  });
}
