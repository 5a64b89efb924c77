import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Whether nobody listens on `port` of this machine. */
export async function isFree(port: number): Promise<boolean> {
  try {
    (await listen(port)).close();
    return true;
  } catch {
    return false;
  }
}

/** So many ports on which nobody listens, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
