import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { FaultSpec } from "../device/faults/spec.ts";
import type { LiveSite } from "../fleet/live.ts";

export interface TruthApi {
  readonly port: number;
  close(): Promise<void>;
}

const serial = z.string();
const FaultOrder = z.strictObject({ serial, fault: FaultSpec });
const PowerOrder = z.strictObject({ serial, power: z.enum(["cut", "restore"]) });

type Act = (site: LiveSite, incoming: IncomingMessage) => Promise<unknown>;

async function read<T>(incoming: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return schema.parse(JSON.parse(Buffer.concat(chunks).toString()));
}

const ROUTES: Readonly<Record<string, Act>> = {
  "GET /truth": (site) => Promise.resolve(site.truth()),
  async "POST /faults"(site, incoming) {
    const { serial, fault } = await read(incoming, FaultOrder);
    site.place(serial, fault);
    return site.truth(serial);
  },
  async "POST /power"(site, incoming) {
    const { serial, power } = await read(incoming, PowerOrder);
    if (power === "cut") site.cutPower(serial);
    else site.restorePower(serial);
    return site.truth(serial);
  },
};

/** A page of a browser that was led here by a name is not answered. */
const fromHere = ({ headers }: IncomingMessage): boolean =>
  /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? "");

async function answer(site: LiveSite, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const send = (status: number, body: unknown) =>
    outgoing.writeHead(status, { "Content-Type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  const act = ROUTES[`${incoming.method} ${incoming.url?.split("?", 1)[0]}`];
  if (!act || !fromHere(incoming)) return void send(404, { error: "there is no such thing" });
  try {
    send(200, await act(site, incoming));
  } catch (error) {
    send(400, { error: (error as Error).message });
  }
}

/** What the simulator knows and can do, as JSON on 127.0.0.1: `GET /truth`, `POST /faults`, `POST /power`. */
export async function serveTruth(site: LiveSite, port: number): Promise<TruthApi> {
  const server = createServer((incoming, outgoing) => void answer(site, incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
