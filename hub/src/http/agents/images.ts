import { Digest, Fault } from "@fyr/protocol";
import type { OpenFile } from "@fyr/runtime";
import { answerEmpty, type Exchange, type Headers } from "./exchange.ts";
import { alreadyHeld, rangeStillHolds, readRange, type ByteRange } from "./range.ts";
import type { Transfers } from "./send-bytes.ts";

/** What the hub hands to agents: bytes by digest, and what the publishers signed by file name. */
export interface ImageShelf {
  /** @throws Fault IMAGE_UNKNOWN, IMAGE_WITHDRAWN */
  open(digest: Digest): Promise<{ file: OpenFile; sizeBytes: number }>;
  /** The hashes of the image's pieces, one after the other. @throws Fault IMAGE_UNKNOWN, IMAGE_WITHDRAWN */
  chunks(digest: Digest): Promise<Uint8Array>;
  /** @throws Fault METADATA_MISSING */
  metadata(fileName: string): Promise<Uint8Array>;
}

export interface ImagePorts {
  readonly shelf: ImageShelf;
  readonly transfers: Transfers;
  /** Transfers that may run at once; one more is told to come back. */
  readonly transfersAtOnce: number;
}

const IMAGE = /^\/([0-9a-f]{64})(\.chunks)?$/;
const METADATA = /^\/metadata\/((?:\d{1,9}\.)?(?:root|targets|snapshot|timestamp)\.json)$/;

/** Content under a digest can never change. */
const FOR_EVER = "private, max-age=31536000, immutable";

/** Serves one path below the images route; `rest` is what follows it. */
export async function serveImages(ports: ImagePorts, exchange: Exchange, rest: string): Promise<void> {
  const [, hex, chunks] = IMAGE.exec(rest) ?? [];
  if (hex !== undefined) {
    const digest = Digest.parse(hex);
    return chunks === undefined ? serveImage(ports, exchange, digest) : serveChunks(ports, exchange, digest);
  }
  const fileName = METADATA.exec(rest)?.[1];
  if (fileName === undefined) throw new Fault("NOT_FOUND");
  const bytes = await ports.shelf.metadata(fileName);
  serveSmall(exchange, bytes, { "content-type": "application/json", "cache-control": "no-cache" });
}

async function serveChunks({ shelf }: ImagePorts, exchange: Exchange, digest: Digest): Promise<void> {
  const etag = `"${digest}.chunks"`;
  if (alreadyHeld(exchange.request.headers["if-none-match"], etag)) return notModified(exchange, etag);
  const bytes = await shelf.chunks(digest);
  serveSmall(exchange, bytes, { ...BINARY, etag, "cache-control": FOR_EVER });
}

const BINARY = { "content-type": "application/octet-stream" };

function serveSmall({ request, response }: Exchange, bytes: Uint8Array, headers: Headers): void {
  response.writeHead(200, { ...headers, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

const notModified = (exchange: Exchange, etag: string): void =>
  answerEmpty(exchange, 304, { etag, "cache-control": FOR_EVER });

async function serveImage(ports: ImagePorts, exchange: Exchange, digest: Digest): Promise<void> {
  const etag = `"${digest}"`;
  const isBusy = ports.transfers.count() >= ports.transfersAtOnce;
  if (isBusy) throw new Fault("HUB_BUSY", { reason: "transfers" });
  const { file, sizeBytes } = await ports.shelf.open(digest);
  try {
    if (alreadyHeld(exchange.request.headers["if-none-match"], etag)) notModified(exchange, etag);
    else await sendImage(ports, exchange, { file, sizeBytes, etag });
  } finally {
    await file.close();
  }
}

interface OpenImage {
  readonly file: OpenFile;
  readonly sizeBytes: number;
  readonly etag: string;
}

async function sendImage({ transfers }: ImagePorts, exchange: Exchange, image: OpenImage): Promise<void> {
  const { request, response } = exchange;
  const range = wantedRange(exchange, image);
  const { start, end } = range ?? { start: 0, end: image.sizeBytes - 1 };
  response.writeHead(range ? 206 : 200, {
    ...BINARY,
    etag: image.etag,
    "accept-ranges": "bytes",
    "cache-control": FOR_EVER,
    "content-length": end + 1 - start,
    ...(range && { "content-range": `bytes ${start}-${end}/${image.sizeBytes}` }),
  });
  if (request.method !== "HEAD") await transfers.send(image.file, { start, end }, response);
  response.end();
}

/** Undefined: the whole image. A HEAD request has no ranges (RFC 9110, 14.2). */
function wantedRange({ request, response }: Exchange, image: OpenImage): ByteRange | undefined {
  if (request.method === "HEAD" || !rangeStillHolds(request.headers["if-range"] as string, image.etag))
    return;
  const range = readRange(request.headers.range, image.sizeBytes);
  if (range === "whole") return;
  if (range !== "unsatisfiable") return range;
  response.setHeader("content-range", `bytes */${image.sizeBytes}`);
  throw new Fault("RANGE_INVALID", { sizeBytes: image.sizeBytes });
}
