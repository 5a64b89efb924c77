import { createHash } from "node:crypto";
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

/**
 * An ETag names the version that edits are made for and, behind it, the bytes of this answer: what is merely reckoned
 * (who is online, how many are inside) makes another answer and hinders no edit.
 */
const ETAG = /^"(\d{1,15})(?:\.[\w-]{1,43})?"$/;

/** @throws Fault `PRECONDITION_REQUIRED` without `If-Match`, `MESSAGE_INVALID` for one that is no ETag of ours */
export function versionWanted({ headers }: FastifyRequest): number {
  const wanted = headers["if-match"];
  if (wanted === undefined) throw new Fault("PRECONDITION_REQUIRED");
  const version = ETAG.exec(wanted)?.[1];
  if (version === undefined)
    throw new Fault("MESSAGE_INVALID", { problems: ["If-Match: not an ETag of ours"] });
  return Number(version);
}

/** What has a version gets a strong ETag. @returns whether the caller has exactly this already, by `If-None-Match` */
export function tagVersion(request: FastifyRequest, reply: FastifyReply, found: unknown): boolean {
  const version = (found as { version?: unknown } | null | undefined)?.version;
  if (typeof version !== "number") return false;
  const bytes = createHash("sha256").update(JSON.stringify(found)).digest("base64url").slice(0, 16);
  const etag = `"${version}.${bytes}"`;
  void reply.header("etag", etag);
  return request.method === "GET" && isKnown(request.headers["if-none-match"], etag);
}

/** RFC 9110, 13.1.2: a list of ETags, weak ones among them, or `*` for whatever there is. */
const isKnown = (known: string | undefined, etag: string): boolean =>
  known !== undefined &&
  known.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);

/** The next page's address, as RFC 8288 has it. */
export function linkNext(request: FastifyRequest, reply: FastifyReply, found: unknown): void {
  const next = (found as Partial<Page<unknown>> | null | undefined)?.next;
  if (typeof next !== "string") return;
  const [path = "", query] = request.url.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("after", next);
  void reply.header("link", `<${path}?${parameters.toString()}>; rel="next"`);
}
