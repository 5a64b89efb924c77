import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Device } from "../device/device.ts";
import type { Certify } from "./certificates.ts";
import { answerOne } from "./http-face.ts";
import { httpServers } from "./http-servers.ts";
import { isLoopback } from "../loopback.ts";
import { tlsFaces } from "./tls-faces.ts";

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes one that is free on all addresses. */
  readonly port: number;
  /** The device at an address; undefined when there is none. */
  readonly deviceAt: (address: string) => Device | undefined;
  /** Serves HTTPS with these certificates; HTTP when left out. */
  readonly certify?: Certify;
}

type Ends = Pick<Socket, "localAddress" | "remoteAddress" | "remotePort">;

/** The four numbers that make a connection, the port of the listener being one. */
const nameOf = ({ localAddress, remoteAddress, remotePort }: Ends): string =>
  `${localAddress} ${remoteAddress} ${remotePort}`;

/**
 * One wildcard listener for all devices, told apart by the address that was dialled. A connection to an address
 * outside 127.0.0.0/8, or to a device that does not listen now, is reset before a byte of it is read.
 */
export async function listen({ port, deviceAt, certify }: ListenOptions): Promise<Listener> {
  const scheme = certify ? "https" : "http";
  const open = new Map<string, Socket>();
  const listening = (address = ""): Device | undefined => {
    const device = isLoopback(address) ? deviceAt(address) : undefined;
    return device?.listensOn(scheme) ? device : undefined;
  };

  const servers = httpServers((incoming, outgoing, waits) => {
    const raw = open.get(nameOf(incoming.socket));
    const device = listening(raw?.localAddress);
    const reset = () => void raw?.resetAndDestroy();
    if (!raw || !device) return reset();
    const exchange = { scheme, incoming, outgoing, waits, from: raw.remoteAddress ?? "", reset } as const;
    answerOne(device, exchange).catch(reset); // the client went away while its body was thrown away
  });
  const faces = certify && tlsFaces(certify, (socket) => servers.take(socket, socket.alpnProtocol));

  const take = async (raw: Socket): Promise<void> => {
    const device = listening(raw.localAddress);
    if (!device) return void raw.resetAndDestroy();
    const name = nameOf(raw);
    open.set(name, raw);
    const forget = device.life.onDrop(() => raw.resetAndDestroy());
    raw.on("error", () => raw.destroy());
    raw.on("close", () => {
      open.delete(name);
      forget();
    });
    if (faces) await faces.take(device, raw);
    else servers.take(raw);
  };

  const server = createServer({ noDelay: true }, (raw) => void take(raw).catch(() => raw.destroy()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "0.0.0.0", backlog: 4096 }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const raw of open.values()) raw.destroy();
      await new Promise((resolve) => server.close(resolve));
      servers.close();
    },
  };
}
