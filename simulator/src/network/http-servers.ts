import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { Incoming, Outgoing } from "./http-face.ts";

type Act = (incoming: Incoming, outgoing: Outgoing, waits: boolean) => void;

/** Uploads may be slow and a held systemready is quiet: only silence between requests ends a connection. */
const KEEP_ALIVE_MS = 5_000;

/** The two HTTP versions that a connection may turn out to speak. Neither server listens by itself. */
export interface HttpServers {
  take(socket: Duplex, protocol?: string | false | null): void;
  close(): void;
}

export function httpServers(act: Act): HttpServers {
  const one = createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS });
  const two = createHttp2Server();
  one.on("request", (incoming, outgoing) => act(incoming, outgoing, false));
  one.on("checkContinue", (incoming, outgoing) => act(incoming, outgoing, true));
  two.on("request", (incoming, outgoing) => act(incoming, outgoing, false));
  two.on("checkContinue", (incoming, outgoing) => act(incoming, outgoing, true));
  return {
    take: (socket, protocol) => void (protocol === "h2" ? two : one).emit("connection", socket),
    close() {
      one.close();
      two.close();
    },
  };
}
