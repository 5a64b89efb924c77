import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { isWorthKeeping } from "../keep.ts";
import { preferredLanguage } from "../language.ts";
import { refusal, toFault } from "../problem.ts";

/** One request at the agents' listener with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: TLSSocket;
  /** Path without the query: no route of this listener takes one. */
  readonly path: string;
}

export type Headers = Record<string, string | number>;

export function answerJson({ response }: Exchange, body: unknown, headers: Headers = {}): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  const common = {
    "content-type": "application/json",
    "content-length": length,
    "cache-control": "no-store",
  };
  response.writeHead(200, { ...common, ...headers }).end(text);
}

export const answerEmpty = ({ response }: Exchange, status: number, headers: Headers = {}): void =>
  void response.writeHead(status, headers).end();

/**
 * Answers with the problem document of `error`. Once an answer has begun nothing can be taken back, so the
 * connection is cut. A large body that was not read takes its connection with it.
 */
export function refuse({ request, response }: Exchange, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const language = preferredLanguage(request.headers["accept-language"]);
  const { status, headers, body } = refusal(toFault(error), language);
  const close = isWorthKeeping(request) ? {} : { connection: "close" };
  response.writeHead(status, { ...headers, ...close }).end(request.method === "HEAD" ? undefined : body);
}
