import type { FastifyReply, FastifyRequest } from "fastify";
import { preferredLanguage } from "../language.ts";
import { sourceOf } from "../throttle.ts";
import type { Admitted } from "./gate.ts";
import { idempotencyKey, linkNext, tagVersion, versionWanted } from "./headers.ts";
import { jarOf } from "./jar.ts";
import type { ApiPorts, ApiRoute, FileAnswer, Upload } from "./route.ts";

const USER_AGENT_CHARS = 200;

const uploadOf = ({ raw, headers }: FastifyRequest): Upload => ({
  bytes: raw,
  announcedBytes: headers["content-length"] === undefined ? null : Number(headers["content-length"]),
});

export async function answer(
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
  // Whatever is answered here is somebody's.
  void reply.status(each.status ?? 200).header("cache-control", "no-store");
  if (each.download) return sendFile(reply, found as FileAnswer);
  if (each.status === 204) return reply.send();
  linkNext(request, reply, found);
  if (tagVersion(request, reply, found)) return reply.status(304).send();
  return reply.send(found);
}

function sendFile(reply: FastifyReply, { type, fileName, bytes }: FileAnswer): FastifyReply {
  return reply
    .header("content-type", type)
    .header("content-disposition", `attachment; filename="${fileName}"`)
    .send(bytes);
}
