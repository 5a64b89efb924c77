import type { ClientRequest, IncomingMessage } from "node:http";
import { Fault } from "@fyr/protocol";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { asFault } from "./tls.ts";

function flat(headers: IncomingMessage["headers"]): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value;
    return first === undefined ? [] : [[name, first] as const];
  });
  return Object.fromEntries(entries);
}

async function collect(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBytes) throw new Fault("RESPONSE_TOO_LARGE", { maxBytes });
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

async function handOver(response: IncomingMessage, { take, maxBodyBytes }: WireRequest): Promise<Uint8Array> {
  if (!take || response.statusCode !== 206) return collect(response, maxBodyBytes);
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBodyBytes) throw new Fault("RESPONSE_TOO_LARGE", { maxBytes: maxBodyBytes });
    await take(part);
  }
  return new Uint8Array();
}

/** Sends `request` as `sent` and reads the answer to its end; errors of `take` pass through unchanged. */
export function answerTo(sent: ClientRequest, request: WireRequest): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const abort = () => sent.destroy(new Fault("HUB_UNREACHABLE", { reason: "stopped" }));
    const end = (act: () => void) => {
      request.signal?.removeEventListener("abort", abort);
      act();
    };
    const fail = (error: unknown) =>
      end(() => reject(error instanceof Error ? error : new Error(String(error))));
    sent.setTimeout(request.idleMs, () => sent.destroy(new Fault("PEER_SILENT", { idleMs: request.idleMs })));
    sent.once("error", (error) => fail(asFault(error)));
    sent.once("response", (response) => {
      const headers = flat(response.headers);
      handOver(response, request).then(
        (body) => end(() => resolve({ status: response.statusCode ?? 0, headers, body })),
        (error: unknown) => {
          sent.destroy();
          fail((error as NodeJS.ErrnoException).code === "ECONNRESET" ? asFault(error) : error);
        },
      );
    });
    if (request.signal?.aborted) abort();
    request.signal?.addEventListener("abort", abort, { once: true });
    sent.end(request.body);
  });
}

/** Headers of a request; a body always says its length, so that no proxy has to guess. */
export const headersOf = ({ headers, body }: WireRequest): Record<string, string> => ({
  ...headers,
  ...(body && { "content-length": String(body.length) }),
});
