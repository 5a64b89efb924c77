import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Fault } from "@fyr/protocol";

export interface BodyLimits {
  /** Bytes that may arrive. */
  readonly bytes: number;
  /** Bytes that a compressed body may unfold to. */
  readonly inflatedBytes: number;
}

/** The peer went away before its request was whole: nobody is left to answer. */
export class PeerGone extends Error {
  override readonly name = "PeerGone";
}

const unzip = promisify(gunzip);

/**
 * The text of a JSON request, refused by its size before anything looks inside.
 *
 * @throws Fault `MEDIA_TYPE_UNKNOWN`, `MESSAGE_TOO_LARGE`, `MESSAGE_INVALID` for broken compression
 */
export async function readText(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const compressed = isCompressed(request);
  const body = await collect(request, limits.bytes);
  return (compressed ? await inflate(body, limits.inflatedBytes) : body).toString("utf8");
}

function isCompressed({ headers }: IncomingMessage): boolean {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Fault("MEDIA_TYPE_UNKNOWN", { expected: "application/json" });
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip")
    throw new Fault("MEDIA_TYPE_UNKNOWN", { expected: "gzip" });
  return encoding === "gzip";
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = () => new Fault("MESSAGE_TOO_LARGE", { limitBytes });
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on("error", (cause) => reject(new PeerGone("request cut", { cause })));
    request.on("close", () => {
      if (!request.complete) reject(new PeerGone("request cut"));
    });
  });
}

async function inflate(body: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: limitBytes });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) throw new Fault("MESSAGE_TOO_LARGE", { limitBytes }, { cause: error });
    throw new Fault("MESSAGE_INVALID", { problems: ["not valid gzip"] }, { cause: error });
  }
}
