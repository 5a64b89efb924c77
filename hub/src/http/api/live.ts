import type { WebSocket } from "@fastify/websocket";
import type { Logger } from "@fyr/runtime";
import type { FastifyRequest } from "fastify";
import type { Outlet } from "../../live/stream.ts";
import type { LiveStreams } from "../../live/streams.ts";
import type { Admitted } from "./gate.ts";

export interface LivePorts {
  readonly live: LiveStreams;
  readonly log: Logger;
}

/** Whoever watches has nothing to say. */
export const SOCKET_OPTIONS = { maxPayload: 1024, perMessageDeflate: false };
const UNWANTED = 1008;
const FAILED = 1011;

function outletOf(socket: WebSocket): Outlet {
  let isThere = true;
  socket.on("pong", () => (isThere = true));
  return {
    send: (text) => socket.send(text),
    waiting: () => socket.bufferedAmount,
    beat() {
      if (!isThere) {
        socket.terminate();
        return;
      }
      isThere = false;
      socket.ping();
    },
    close: (code, reason) => socket.close(code, reason),
  };
}

const memberIn = ({ admitted }: FastifyRequest) => (admitted as Required<Pick<Admitted, "member">>).member;

/** @throws Fault `TOO_MANY_REQUESTS` before the socket is opened */
export function demandRoom({ live }: Pick<LivePorts, "live">, request: FastifyRequest): void {
  if (request.ws) live.demandRoom(memberIn(request).principalId);
}

/** One reader of an organisation's live stream, from the socket's opening to its end. */
export function watch({ live, log }: LivePorts, socket: WebSocket, request: FastifyRequest): void {
  const { after } = request.query as { after?: number };
  const opened = live.open(memberIn(request), after, outletOf(socket));
  opened.catch((error: unknown) => {
    log.warn({ error }, "a live stream could not begin");
    socket.close(FAILED, "try again");
  });
  socket.on("message", () => socket.close(UNWANTED, "this stream only tells"));
  socket.once("close", () => {
    opened.then(
      (leave) => leave(),
      () => undefined,
    );
  });
}
