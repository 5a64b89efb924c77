import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type Clock, systemClock } from "./clock.ts";
import { firstFreePort } from "./low-ports.ts";
import { type Direction, HEALTHY, join, type Line, type LineFaults } from "./fault-line.ts";

/** A line between clients and a server that does what bad lines do. For tests, on loopback only. */
export interface FaultProxy {
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number;
  /** Bytes that went through, over all connections. */
  readonly passedBytes: Readonly<Record<Direction, number>>;
  /** Connections made so far. */
  connectionsMade(): number;
  connectionsOpen(): number;
  /** Replaces the faults that are named, also for open connections; the others stay. */
  set(faults: Partial<LineFaults>): void;
  /** Ends every fault that `set` began. */
  heal(): void;
  /** Resets every open connection. */
  cut(): void;
  /** New connections are refused, open ones stay. */
  refuse(): void;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  /** Stops listening and resets what is open. */
  close(): Promise<void>;
}

/** Starts a healthy line on a free port in front of `target`, whose host is 127.0.0.1 unless named. */
export async function faultProxy(
  target: { readonly host?: string; readonly port: number },
  clock: Clock = systemClock,
): Promise<FaultProxy> {
  const line: Line & { change(faults: LineFaults): void } = newLine(clock);
  const open = new Set<Socket>();
  let made = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    made++;
    open.add(client);
    client.once("close", () => open.delete(client));
    join(line, client, connect({ host: "127.0.0.1", ...target, allowHalfOpen: true }));
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return port;
  };
  const cut = () => open.forEach((client) => client.resetAndDestroy());
  const refuse = () => void server.close();
  const port = await firstFreePort(listen);
  return {
    port,
    passedBytes: line.passedBytes,
    connectionsMade: () => made,
    connectionsOpen: () => open.size,
    set: (faults) => line.change({ ...line.faults, ...faults }),
    heal: () => line.change(HEALTHY),
    cut,
    refuse,
    accept: async () => void (server.listening || (await listen(port))),
    async close() {
      cut();
      if (!server.listening) return;
      refuse();
      await once(server, "close");
    },
  };
}

function newLine(clock: Clock): Line & { change(faults: LineFaults): void } {
  let changed = Promise.withResolvers<void>();
  return {
    clock,
    faults: HEALTHY,
    changed: changed.promise,
    passedBytes: { up: 0, down: 0 },
    change(faults) {
      this.faults = faults;
      changed.resolve();
      changed = Promise.withResolvers<void>();
      this.changed = changed.promise;
    },
  };
}
