import { once } from "node:events";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { hubTlsOptions } from "@fyr/certs";
import { testPki, type TestPki } from "@fyr/certs/testing";
import { isFault, type AgentId, type OrgId } from "@fyr/protocol";
import { Aedes } from "aedes";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { LineWish } from "../doorbell.ts";
import { brokerUrls } from "../broker-urls.ts";
import { openMqttLine } from "./mqtt.ts";

const name = {
  orgId: "01900000-0000-7000-8000-000000000001" as OrgId,
  agentId: "01900000-0000-7000-8000-000000000002" as AgentId,
};

let pki: TestPki;
let broker: Aedes;
let servers: Server[];
const heard: string[] = [];

beforeAll(async () => void (pki = await testPki(Date.now())));
beforeEach(async () => {
  heard.length = 0;
  servers = [];
  broker = await Aedes.createBroker();
  broker.on(
    "publish",
    ({ topic, payload }) => void (topic.startsWith("fyr") && heard.push(`${topic} ${payload.toString()}`)),
  );
});
afterEach(async () => {
  await new Promise<void>((resolve) => broker.close(resolve));
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const tls = async (): Promise<TlsOptions> => hubTlsOptions(await pki.server(), pki.rootPem);

/** The broker behind plain MQTT over TLS, and behind WebSocket; both show what a hub shows. */
const doors: Record<string, () => Promise<string>> = {
  mqtts: async () =>
    `mqtts://localhost:${await listen(createServer(await tls(), (s) => void broker.handle(s)))}`,
  wss: async () => {
    const server = createHttps(await tls());
    const sockets = new WebSocketServer({ server: server as never, path: "/mqtt" });
    sockets.on("connection", (socket) => void broker.handle(createWebSocketStream(socket)));
    return `wss://localhost:${await listen(server)}/mqtt`;
  },
};

const open = openMqttLine(() => ({ rootPem: pki.rootPem, credentials }));
let credentials: Awaited<ReturnType<TestPki["agent"]>>;
beforeAll(async () => void (credentials = await pki.agent(name)));

const wish = (url: string, onMessage: (topic: string) => void = () => {}): LineWish => ({
  url,
  clientId: name.agentId,
  subscribe: "fyr/1/a/ring",
  will: { topic: "fyr/1/a/presence", payload: "gone" },
  keepAliveS: 60,
  onMessage,
  signal: new AbortController().signal,
});

const until = async (holds: () => boolean) => {
  for (let turn = 0; turn < 200 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
};

test.each(Object.keys(doors))("over %s the bell is heard and messages arrive", async (door) => {
  const rung: string[] = [];
  const line = await open(wish(await doors[door]!(), (topic) => void rung.push(topic)));
  broker.publish(
    { topic: "fyr/1/a/ring", payload: Buffer.from("{}"), qos: 0, cmd: "publish", dup: false, retain: false },
    () => {},
  );
  line.publish("fyr/1/a/progress", "half");
  await until(() => rung.length === 1 && heard.includes("fyr/1/a/progress half"));
  await line.close();
  await line.ended;
  expect(heard).not.toContain("fyr/1/a/presence gone");
});

test.each(Object.keys(doors))("a line over %s that is cut ends, and the will is told", async (door) => {
  const url = await doors[door]!();
  const clients: { close(): void; conn: { destroy(): void } }[] = [];
  broker.on("client", (client) => void clients.push(client));
  const line = await open(wish(url));
  clients[0]!.conn.destroy();
  await line.ended;
  await until(() => heard.includes("fyr/1/a/presence gone"));
});

test("a broker that refuses the subscription or the connection is no doorbell", async () => {
  const url = await doors["mqtts"]!();
  broker.authorizeSubscribe = (_client, _subscription, done) => done(new Error("no"));
  await expect(open(wish(url))).rejects.toSatisfy((error) => isFault(error, "HUB_UNREACHABLE"));
  broker.authenticate = (_client, _user, _password, done) => done(null, false);
  await expect(open(wish(url))).rejects.toSatisfy((error) => isFault(error, "HUB_UNREACHABLE"));
});

test("stopping while it connects leaves nothing open", async () => {
  const silent = await listen(createServer(await tls(), () => {}));
  const stop = new AbortController();
  const opening = open({ ...wish(`mqtts://localhost:${silent}`), signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  await expect(opening).rejects.toSatisfy((error) => isFault(error, "HUB_UNREACHABLE"));
});

test("the broker's doors are its own port, then the agents'; none without MQTT", () => {
  expect(brokerUrls("mqtts://hub:8883", "https://hub:8444")).toEqual([
    "mqtts://hub:8883",
    "wss://hub:8444/mqtt",
  ]);
  expect(brokerUrls("wss://hub:8444/mqtt", "https://hub:8444")).toEqual(["wss://hub:8444/mqtt"]);
  expect(brokerUrls(null, "https://hub:8444")).toEqual([]);
});
