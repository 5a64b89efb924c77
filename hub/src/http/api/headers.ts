import { Fault, type Page } from "@fyr/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

const IdempotencyKey = z
  .string()
  .regex(/^[!-~]{1,200}$/, "Idempotency-Key: 1 to 200 printable ASCII characters")
  .optional();

export function idempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = IdempotencyKey.safeParse(headers["idempotency-key"]);
  if (key.success) return key.data;
  throw new Fault("MESSAGE_INVALID", { problems: key.error.issues.map(({ message }) => message) });
}

/** @throws Fault `PRECONDITION_REQUIRED` without `If-Match`, `MESSAGE_INVALID` for one that is no ETag of ours */
export function versionWanted({ headers }: FastifyRequest): number {
  const wanted = headers["if-match"];
  if (wanted === undefined) throw new Fault("PRECONDITION_REQUIRED");
  const version = /^"(\d{1,15})"$/.exec(wanted)?.[1];
  if (version === undefined)
    throw new Fault("MESSAGE_INVALID", { problems: ["If-Match: not an ETag of ours"] });
  return Number(version);
}

/** What has a version can be edited with `If-Match`. */
export function tagVersion(reply: FastifyReply, found: unknown): void {
  const version = (found as { version?: unknown } | null | undefined)?.version;
  if (typeof version === "number") void reply.header("etag", `"${version}"`);
}

/** The next page's address, as RFC 8288 has it. */
export function linkNext(request: FastifyRequest, reply: FastifyReply, found: unknown): void {
  const next = (found as Partial<Page<unknown>> | null | undefined)?.next;
  if (typeof next !== "string") return;
  const [path = "", query] = request.url.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("after", next);
  void reply.header("link", `<${path}?${parameters.toString()}>; rel="next"`);
}
