import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { AGENT_ROUTES, Fault, MQTT_LIMITS } from "@fyr/protocol";
import type { LineWish, MessageLine, OpenLine } from "../doorbell.ts";
import type { HubAddress } from "../wire.ts";
import { asFault, hubTls, openTls, portOf } from "./tls.ts";

/** What a line trusts and shows; asked at each connection, since a renewal changes it. */
type Current = () => Pick<HubAddress, "rootPem" | "credentials">;

async function openSocket(url: URL, current: Current, signal: AbortSignal): Promise<TLSSocket> {
  const { rootPem, credentials } = current();
  const usual = url.protocol === "wss:" ? 443 : 8883;
  return openTls({ ...hubTls(url, rootPem, credentials), port: portOf(url, usual) }, signal);
}

/** MQTT inside WebSocket frames, for sites that let nothing but the agents' port out. */
async function throughWebSocket(url: URL, socket: TLSSocket): Promise<Duplex> {
  const { WebSocket, createWebSocketStream } = await import("ws");
  const path = url.pathname === "/" ? AGENT_ROUTES.mqtt : url.pathname;
  const web = new WebSocket(`wss://${url.host}${path}`, ["mqtt"], {
    createConnection: () => socket,
    perMessageDeflate: false,
    maxPayload: MQTT_LIMITS.packetBytes,
    handshakeTimeout: MQTT_LIMITS.connectMs,
  });
  const stream = createWebSocketStream(web);
  // A cut only ends the reading half of such a stream; the client waits for both.
  web.once("close", () => stream.destroy());
  return stream;
}

async function begin(stream: Duplex, wish: LineWish): Promise<MessageLine> {
  const { MqttClient } = await import("mqtt");
  const client = new MqttClient(() => stream, {
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId: wish.clientId,
    clean: true,
    keepalive: wish.keepAliveS,
    connectTimeout: MQTT_LIMITS.connectMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { ...wish.will, payload: Buffer.from(wish.will.payload), qos: 0, retain: false },
  });
  const ended = new Promise<void>((resolve) => client.once("close", resolve));
  const failed = new Promise<never>((_, reject) => {
    client.once("error", reject);
    void ended.then(() =>
      reject(new Fault("HUB_UNREACHABLE", { reason: "the broker closed the connection" })),
    );
  });
  failed.catch(() => {});
  client.on("error", () => stream.destroy());
  client.on("message", wish.onMessage);
  const ready = new Promise<void>((resolve) => client.once("connect", () => resolve()));
  await Promise.race([ready, failed]);
  await Promise.race([client.subscribeAsync(wish.subscribe, { qos: 0 }), failed]);
  return {
    ended,
    publish: (topic, payload) => client.publish(topic, payload, { qos: 0 }, () => {}),
    close: () => client.endAsync().catch(() => void stream.destroy()),
  };
}

/** The real line: mqtt over a socket that has proved to be the hub's, loaded when it is first needed. */
export const openMqttLine =
  (current: Current): OpenLine =>
  async (wish) => {
    const url = new URL(wish.url);
    const socket = await openSocket(url, current, wish.signal);
    const abort = () => socket.destroy();
    wish.signal.addEventListener("abort", abort, { once: true });
    try {
      return await begin(url.protocol === "wss:" ? await throughWebSocket(url, socket) : socket, wish);
    } catch (error) {
      socket.destroy();
      throw asFault(error);
    } finally {
      wish.signal.removeEventListener("abort", abort);
    }
  };
