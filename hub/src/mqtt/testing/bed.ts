import type { Duplex } from "node:stream";
import { hubTlsOptions } from "@fyr/certs";
import { silentLog, systemClock } from "@fyr/runtime";
import mqttPacket, { type Packet } from "mqtt-packet";
import { createWebSocketStream, WebSocket, type ClientOptions } from "ws";
import { createGate } from "../../http/agents/gate.ts";
import type { MqttUpgrade } from "../../http/agents/upgrade.ts";
import { openAgentsBed, type Agent, type AgentsBed } from "../../http/testing/agents-bed.ts";
import { dial } from "../../http/testing/raw.ts";
import { createBroker, type Broker } from "../broker.ts";
import { createMqttListener } from "../listener.ts";
import { mqttOverWebSocket } from "../websocket.ts";

export interface MqttBed extends AgentsBed {
  readonly mqttPort: number;
  readonly broker: Broker;
  /** An MQTT connection of `agent`, nothing said yet. */
  tls(agent: Pick<Agent, "tls">): Promise<Wire>;
  webSocket(agent: Pick<Agent, "tls">): Promise<Wire>;
}

/** One end of an MQTT connection, packet by packet. */
export interface Wire {
  readonly stream: Duplex;
  send(packet: Packet | Uint8Array): void;
  /** The next packet; null when the other side closed instead. */
  next(): Promise<Packet | null>;
  /** Everything said until the other side closes. */
  rest(): Promise<Packet[]>;
}

export function wireOf(stream: Duplex): Wire {
  const packets: Packet[] = [];
  const waiting: ((packet: Packet | null) => void)[] = [];
  let closed = false;
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => {
    const wake = waiting.shift();
    if (wake) wake(packet);
    else packets.push(packet);
  });
  stream.on("data", (chunk: Buffer) => parser.parse(chunk));
  stream.on("error", () => undefined);
  const end = () => {
    closed = true;
    for (const wake of waiting.splice(0)) wake(null);
  };
  stream.on("end", end).on("close", end);
  const next = () =>
    new Promise<Packet | null>((resolve) => {
      const packet = packets.shift();
      if (packet) resolve(packet);
      else if (closed) resolve(null);
      else waiting.push(resolve);
    });
  return {
    stream,
    send: (packet) => void stream.write(packet instanceof Uint8Array ? packet : mqttPacket.generate(packet)),
    next,
    async rest() {
      const all: Packet[] = [];
      for (let packet = await next(); packet; packet = await next()) all.push(packet);
      return all;
    },
  };
}

/** Broker, MQTT listener and the agents' listener with its WebSocket, on free ports of loopback. */
export async function openMqttBed(): Promise<MqttBed> {
  const late: { upgrade?: MqttUpgrade } = {};
  const bed = await openAgentsBed({ mqtt: (...args) => late.upgrade?.(...args) });
  const broker = await createBroker({ clock: systemClock, log: silentLog, door: bed.door });
  late.upgrade = mqttOverWebSocket(broker);
  const gate = createGate({
    clock: systemClock,
    door: bed.door,
    connections: bed.connections,
    agentsPems: () => [bed.pki.agents.certificatePem],
  });
  const listener = createMqttListener(
    { log: silentLog, gate, broker, connections: 100 },
    hubTlsOptions(await bed.pki.server(), bed.pki.rootPem),
  );
  const mqttPort = await listener.listen(0, "127.0.0.1");
  return {
    ...bed,
    mqttPort,
    broker,
    tls: async ({ tls }) => wireOf(await dial({ ...tls, port: mqttPort })),
    webSocket: ({ tls }) =>
      new Promise((resolve, reject) => {
        const options: object & ClientOptions = { ...(tls as object) };
        const socket = new WebSocket(`wss://127.0.0.1:${bed.port}/mqtt`, ["mqtt"], options);
        socket.on("open", () => resolve(wireOf(createWebSocketStream(socket))));
        socket.on("error", reject);
      }),
    async close() {
      await broker.close();
      await listener.close();
      await bed.close();
    },
  };
}
