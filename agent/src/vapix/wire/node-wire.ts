import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Fault } from "@fyr/protocol";
import { deadline, type Clock } from "@fyr/runtime";
import type { Wire, WireAnswer, WireRequest } from "../exchange.ts";
import { openLine, type Line } from "./connect.ts";
import { cutOff, readAnswer } from "./read-answer.ts";
import { sendBody } from "./send-body.ts";
import { watchSilence } from "./silence.ts";

/** Real sockets: one connection per exchange, closed with it. */
export const nodeWire = (clock: Clock): Wire => ({
  async exchange(request) {
    const limit = deadline(clock, request.totalMs, () => silent("total"), request.signal);
    try {
      const line = await openLine(clock, request, limit.signal);
      return await converse(clock, line, request, limit.signal).finally(() => line.socket.destroy());
    } finally {
      limit.release();
    }
  },
});

const silent = (limit: "total" | "idle") => new Fault("PEER_SILENT", { limit });

/** The exchange on an open line, until it is over or something from outside breaks it. */
async function converse(
  clock: Clock,
  line: Line,
  request: WireRequest,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const outgoing = begin(line, request);
  let cause: Error | undefined;
  const broken = Promise.withResolvers<never>();
  const breakOff = (error: Error) => {
    cause ??= error;
    outgoing.destroy(error);
    broken.reject(error); // a request that is over already tells of no error any more
  };
  // Once an answer has begun, it counts: what breaks later shows in its reading.
  outgoing.on("error", (error) => answer.begun || broken.reject(error));
  outgoing.on("close", () => answer.begun || broken.reject(cutOff("closed without an answer")));
  const abort = () => breakOff(signal.reason as Error);
  const watch = watchSilence(clock, request.idleMs, () => breakOff(silent("idle")));
  const answer = firstAnswer(outgoing, watch.touch);
  signal.addEventListener("abort", abort);
  try {
    if (signal.aborted) abort();
    return await Promise.race([
      dialogue({ clock, outgoing, answer, touch: watch.touch }, line, request),
      broken.promise,
    ]);
  } catch (error) {
    throw cause ?? error;
  } finally {
    watch.stop();
    signal.removeEventListener("abort", abort);
  }
}

interface Talk {
  readonly clock: Clock;
  readonly outgoing: ClientRequest;
  readonly answer: FirstAnswer;
  readonly touch: () => void;
}

async function dialogue(talk: Talk, { peerKey }: Line, request: WireRequest): Promise<WireAnswer> {
  const { clock, outgoing, answer, touch } = talk;
  const sent = send(outgoing, request, {
    now: () => clock.mono(),
    answered: () => answer.begun,
    onSent(bytes) {
      touch();
      request.onSent?.(bytes);
    },
  });
  const incoming = await Promise.race([answer.promise, sent.then(() => answer.promise)]);
  const bodySent = outgoing.writableEnded;
  sent.catch(() => undefined); // the answer counts, whatever becomes of the sending
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headersDistinct as Record<string, string[]>,
    body: await readAnswer(incoming, request.maxBodyBytes, touch),
    bodySent,
    ...(peerKey !== undefined && { peerKey }),
  };
}

interface FirstAnswer {
  begun: boolean;
  readonly promise: Promise<IncomingMessage>;
}

function firstAnswer(outgoing: ClientRequest, touch: () => void): FirstAnswer {
  const answer: FirstAnswer = {
    begun: false,
    promise: new Promise((resolve) => {
      outgoing.once("response", (incoming) => {
        answer.begun = true;
        touch();
        resolve(incoming);
      });
    }),
  };
  return answer;
}

function begin(line: Line, { method, url, headers, body }: WireRequest): ClientRequest {
  const { pathname, search, host } = new URL(url);
  const lengthBytes = body === undefined ? undefined : "chunks" in body ? body.lengthBytes : body.length;
  const length = lengthBytes !== undefined && { "content-length": lengthBytes };
  return httpRequest({
    method,
    path: `${pathname}${search}`,
    headers: { host, connection: "close", ...length, ...headers },
    createConnection: () => line.socket,
  });
}

async function send(outgoing: ClientRequest, { body }: WireRequest, sending: Parameters<typeof sendBody>[2]) {
  if (body !== undefined && "chunks" in body) return sendBody(outgoing, body, sending);
  outgoing.end(body);
  return true;
}
