import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Duplex } from "node:stream";
import type { Cancel, Clock } from "@fyr/runtime";

/** Connections that may wait to be accepted: a whole fleet comes back at once. */
const BACKLOG = 4_096;
const SWEEP_MS = 50;

/**
 * Starts to listen; port 0 takes a free one.
 *
 * @returns the port
 * @throws Node's `EADDRINUSE` or `EACCES`
 */
export const listenOn = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Looks for connections that became idle, again and again: an exchange that ends while we close leaves one. */
function closeIdle(server: Pick<HttpServer, "closeIdleConnections">, clock: Clock): Cancel {
  let cancel: Cancel = () => undefined;
  const sweep = () => {
    server.closeIdleConnections();
    cancel = clock.after(SWEEP_MS, sweep);
  };
  sweep();
  return () => cancel();
}

/**
 * How a listener closes: it takes no more connections, lets running exchanges end for `drainMs`, then cuts.
 * To be called before the server listens.
 */
export function drained(
  server: Server & Pick<HttpServer, "closeIdleConnections">,
  clock: Clock,
  drainMs: number,
): () => Promise<void> {
  const sockets = new Set<Duplex>();
  server.on("connection", (socket: Duplex) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      const cancels: Cancel[] = [];
      server.close(() => {
        for (const cancel of cancels) cancel();
        resolve();
      });
      cancels.push(
        closeIdle(server, clock),
        clock.after(drainMs, () => sockets.forEach((socket) => void socket.destroy())),
      );
    });
}
