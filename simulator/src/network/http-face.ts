import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Device } from "../device/device.ts";
import type { Answer, DeviceRequest } from "../device/exchange.ts";

export type Incoming = IncomingMessage | Http2ServerRequest;
export type Outgoing = ServerResponse | Http2ServerResponse;

/** One HTTP exchange on its way to a device. */
export interface Exchange {
  readonly scheme: "http" | "https";
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  /** The client holds its body back until it is told "100 Continue". */
  readonly waits: boolean;
  readonly from: string;
  /** Breaks the connection as a device does that loses power. */
  reset(): void;
}

/** Lets the device answer, or fall silent, or hang up. */
export async function answerOne(device: Device, exchange: Exchange): Promise<void> {
  const reply = await device.handle(toRequest(exchange));
  if (exchange.outgoing.destroyed) return;
  if (reply.kind === "hang-up") exchange.reset();
  if (reply.kind !== "answer") return;
  await drainFirst(exchange);
  send(exchange, reply);
}

function toRequest(exchange: Exchange): DeviceRequest {
  const { scheme, incoming, from } = exchange;
  return {
    scheme,
    method: incoming.method ?? "GET",
    path: incoming.url ?? "/",
    headers: incoming.headers as Record<string, string>,
    body: bodyOf(exchange),
    from,
  };
}

/** Reading is what asks the client to go on, so a 401 that reads nothing comes before the image is sent. */
async function* bodyOf({ incoming, outgoing, waits }: Exchange): AsyncGenerator<Uint8Array> {
  if (waits) outgoing.writeContinue();
  for await (const chunk of incoming) yield chunk as Uint8Array;
}

/**
 * Reads and throws away what is left of a body, so that the client can send it all and then listen. On HTTP/1.1 Node
 * does so beside the answer; on HTTP/2 common clients fall silent when the answer overtakes the body (curl 10433).
 */
async function drainFirst({ incoming, waits }: Exchange): Promise<void> {
  if (incoming.httpVersionMajor === 1 || waits || incoming.readableDidRead) return;
  for await (const _chunk of incoming); // nobody wants it
}

function send({ incoming, outgoing, waits }: Exchange, { status, headers, body }: Answer): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  for (const [name, value] of headers) outgoing.setHeader(name, value);
  outgoing.setHeader("Content-Length", bytes.length);
  // a body that was announced and never asked for may come or not: only a new connection is sure
  const unsure = waits && !incoming.readableDidRead && incoming.httpVersionMajor === 1;
  if (unsure) outgoing.setHeader("Connection", "close");
  outgoing.statusCode = status;
  outgoing.end(incoming.method === "HEAD" ? "" : bytes);
}
