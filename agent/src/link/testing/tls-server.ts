import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";

/** A server that stands where the hub should, and counts what it was told. */
export interface FalseHub {
  readonly port: number;
  /** Bytes of content that a client sent after the handshake: what a false hub could read. */
  readonly heardBytes: () => number;
  readonly handshakes: () => number;
  readonly resumed: () => number;
  close(): void;
}

/** Listens on 127.0.0.1. `answer` is written, whatever was asked, as soon as something was. */
export async function falseHub(options: TlsOptions, answer?: string): Promise<FalseHub> {
  const sockets = new Set<TLSSocket>();
  let heard = 0;
  let handshakes = 0;
  let resumed = 0;
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    handshakes++;
    if (socket.isSessionReused()) resumed++;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes.length;
      if (answer !== undefined) socket.end(answer);
    });
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    heardBytes: () => heard,
    handshakes: () => handshakes,
    resumed: () => resumed,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
