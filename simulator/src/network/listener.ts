import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { answerOne, type DeviceAt } from "./http-face.ts";
import { isLoopback } from "./loopback.ts";

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Turns a raw connection into one that speaks HTTP, e.g. by TLS; plain HTTP leaves it as it is. */
export type Wrap = (socket: Socket, address: string) => Socket | Promise<Socket>;

export interface ListenOptions {
  readonly scheme: "http" | "https";
  /** 0 takes one that is free on all addresses. */
  readonly port: number;
  readonly deviceAt: DeviceAt;
  readonly wrap?: Wrap;
}

/** Uploads may be slow, and a held systemready is quiet: only silence between requests ends a connection. */
const KEEP_ALIVE_MS = 5_000;

function httpServer(
  act: (incoming: IncomingMessage, outgoing: ServerResponse, waits: boolean) => void,
): Server {
  const server = createHttpServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on("request", (incoming, outgoing) => act(incoming, outgoing, false));
  server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) =>
    act(incoming, outgoing, true),
  );
  return server;
}

/**
 * One wildcard listener for all devices, told apart by the address that was dialled. A connection to an address
 * outside 127.0.0.0/8, or to a device that does not listen now, is reset before a byte of it is read.
 */
export async function listen({ scheme, port, deviceAt, wrap }: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const addresses = new WeakMap<Socket, string>();
  const listening = (address: string | undefined) => {
    const device = isLoopback(address) ? deviceAt(address) : undefined;
    return device?.listensOn(scheme) ? device : undefined;
  };
  const http = httpServer((incoming, outgoing, waits) => {
    const device = listening(addresses.get(incoming.socket));
    if (!device) return incoming.socket.resetAndDestroy();
    void answerOne(device, scheme, incoming, outgoing, waits);
  });
  const take = async (socket: Socket) => {
    const address = socket.localAddress ?? "";
    const device = listening(address);
    if (!device) return void socket.resetAndDestroy();
    sockets.add(socket);
    const forget = device.life.onDrop(() => socket.resetAndDestroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      forget();
    });
    const speaking = wrap ? await wrap(socket, address) : socket;
    addresses.set(speaking, address);
    http.emit("connection", speaking);
  };
  const server = createServer({ noDelay: true }, (socket) => void take(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "0.0.0.0", backlog: 4096 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      http.close();
    },
  };
}
