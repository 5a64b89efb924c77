import type { IncomingMessage, ServerResponse } from "node:http";
import type { Device } from "../device/device.ts";
import type { Answer, DeviceRequest } from "../device/exchange.ts";

/** Chooses the device that a connection has reached; undefined when there is none. */
export type DeviceAt = (address: string | undefined) => Device | undefined;

/**
 * Hands one HTTP exchange to its device. A client that waits for "100 Continue" gets it when the device begins to
 * read the body, so that a 401 comes before the image is sent.
 */
export async function answerOne(
  device: Device,
  scheme: "http" | "https",
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  waitsForContinue: boolean,
): Promise<void> {
  const reply = await device.handle(toRequest(scheme, incoming, waitsForContinue ? outgoing : null));
  if (outgoing.destroyed || incoming.socket.destroyed) return;
  if (reply.kind === "hang-up") incoming.socket.resetAndDestroy();
  if (reply.kind === "answer") send(reply, incoming, outgoing);
}

function toRequest(
  scheme: "http" | "https",
  incoming: IncomingMessage,
  held: ServerResponse | null,
): DeviceRequest {
  return {
    scheme,
    method: incoming.method ?? "GET",
    path: incoming.url ?? "/",
    headers: incoming.headers as Record<string, string>,
    body: bodyOf(incoming, held),
    from: incoming.socket.remoteAddress ?? "",
  };
}

async function* bodyOf(incoming: IncomingMessage, held: ServerResponse | null): AsyncGenerator<Uint8Array> {
  held?.writeContinue();
  for await (const chunk of incoming) yield chunk as Uint8Array;
}

/** What is left of the body is read and thrown away by Node, so that the client can send it all and then listen. */
function send({ status, headers, body }: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const unasked =
    incoming.headers.expect !== undefined && !incoming.readableEnded && !incoming.readableDidRead;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  outgoing.writeHead(status, [
    ...headers.flat(),
    "Content-Length",
    String(bytes.length),
    ...(unasked ? ["Connection", "close"] : []),
  ]);
  outgoing.end(incoming.method === "HEAD" ? undefined : bytes);
}
