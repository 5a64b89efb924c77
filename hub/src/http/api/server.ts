import cookies from "@fastify/cookie";
import helmet from "@fastify/helmet";
import sockets, { type WebSocket } from "@fastify/websocket";
import { parse } from "@fyr/protocol";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { z } from "zod";
import { answer } from "./answer.ts";
import { JSON_BYTES, newApp, observe, type ApiServerPorts } from "./app.ts";
import { noPage, strictly } from "./browser.ts";
import { apiDocument } from "./document.ts";
import { demandBody, letIn } from "./let-in.ts";
import { demandRoom, SOCKET_OPTIONS, watch } from "./live.ts";
import { refuse, unknownRoute } from "./refuse.ts";
import type { ApiRoute } from "./route.ts";
import { API_PREFIX, API_ROUTES } from "./routes/index.ts";
import { demandPace } from "./slow.ts";
import { createTurns } from "./turns.ts";

export type { ApiServerPorts } from "./app.ts";

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
  await app.register(helmet, strictly(ports.tls !== undefined));
  await app.register(cookies);
  await app.register(sockets, {
    options: SOCKET_OPTIONS,
    errorHandler: (_error, socket) => socket.terminate(),
  });
  await app.register(async (api) => serve(api, ports), { prefix: API_PREFIX });
  app.get("/healthz", async () => {
    await ports.services.alive();
    return { status: "ok" };
  });
  const document = apiDocument(API_PREFIX, API_ROUTES);
  app.get(`${API_PREFIX}/openapi.json`, () => document);
  return app;
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
  const door = { ...ports, turns: createTurns(ports.clock, ports.limits) };
  for (const each of API_ROUTES) {
    api.route({
      method: each.method,
      url: each.path,
      schema: schemaOf(each),
      helmet: noPage,
      onRequest: async (request, reply) => {
        demandPace(ports.clock, each, request, reply);
        await letIn(door, each, request, reply);
      },
      preValidation: async (request) => demandBody(each, request),
      handler: async (request, reply) => answer(ports, each, request, reply),
      ...(each.live && {
        preHandler: async (request: FastifyRequest) => demandRoom(ports, request),
        wsHandler: (socket: WebSocket, request: FastifyRequest) => watch(ports, socket, request),
      }),
    });
  }
}
