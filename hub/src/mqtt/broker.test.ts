import { randomInt } from "node:crypto";
import { MQTT_LIMITS, topic, type AgentId } from "@fyr/protocol";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agent } from "../http/testing/agents-bed.ts";
import { exchange, dial } from "../http/testing/raw.ts";
import { openMqttBed, type MqttBed, type Wire } from "./testing/bed.ts";

/** Patient: other tests share the machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 5 });

let bed: MqttBed;
let agent: Agent;

beforeAll(async () => {
  bed = await openMqttBed();
  agent = await bed.agent();
});
afterAll(() => bed.close());

const bootId = "01890000-0000-7000-8000-0000000000b0";
const presence = (online: boolean) => JSON.stringify({ bootId, online, at: 1 });

const connect = (clientId: string, more: Partial<IConnectPacket> = {}): IConnectPacket => ({
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: true,
  clientId,
  keepalive: 60,
  ...more,
});

const publish = (
  name: string,
  payload: string | Buffer,
  more: Partial<IPublishPacket> = {},
): IPublishPacket => ({
  cmd: "publish",
  topic: name,
  payload,
  qos: 0,
  dup: false,
  retain: false,
  ...more,
});

const subscribe = (...topics: string[]): Packet => ({
  cmd: "subscribe",
  messageId: 7,
  subscriptions: topics.map((name) => ({ topic: name, qos: 0 })),
});

const ping: Packet = { cmd: "pingreq" };

async function connected(who: Agent = agent, over: "tls" | "webSocket" = "tls"): Promise<Wire> {
  const wire = await bed[over](who);
  wire.send(connect(who.agentId));
  expect(await wire.next()).toMatchObject({ cmd: "connack", returnCode: 0 });
  return wire;
}

const heard = (name: string, from: AgentId) =>
  bed.door.calls.filter(({ name: called, args }) => {
    const [identity] = args as [{ agentId: AgentId }];
    return called === name && identity.agentId === from;
  });

/** Waits until the broker has dealt with everything that was sent before. */
async function settled(wire: Wire): Promise<void> {
  wire.send(ping);
  expect((await wire.next())?.cmd).toBe("pingresp");
}

test.each(["tls", "webSocket"] as const)(
  "over %s an agent hears its ring and tells how it is",
  async (over) => {
    const own = await bed.agent();
    const wire = await connected(own, over);
    wire.send(subscribe(topic(own.agentId, "ring")));
    expect(await wire.next()).toMatchObject({ cmd: "suback", granted: [0] });
    bed.broker.doorbell.ring([own.agentId, agent.agentId]);
    expect(await wire.next()).toMatchObject({
      cmd: "publish",
      topic: topic(own.agentId, "ring"),
      retain: false,
    });
    wire.send(publish(topic(own.agentId, "presence"), presence(true)));
    wire.send(publish(topic(own.agentId, "progress"), JSON.stringify({ agentId: own.agentId, jobs: [] })));
    await settled(wire);
    expect(heard("presence", own.agentId)).toHaveLength(1);
    expect(heard("progress", own.agentId)).toHaveLength(1);
    wire.stream.destroy();
    await eventually(() => heard("presence", own.agentId).at(-1)?.args[1]).toMatchObject({
      bootId,
      online: false,
    });
  },
);

test("its end is told once, whether it says goodbye, breaks off or comes again", async () => {
  const own = await bed.agent();
  const will = {
    topic: topic(own.agentId, "presence"),
    payload: Buffer.from(presence(false)),
    qos: 0 as const,
  };
  const ends: ((wire: Wire) => void)[] = [
    (wire) => wire.send({ cmd: "disconnect" }),
    (wire) => wire.stream.destroy(),
    () => undefined,
  ];
  for (const end of ends) {
    const wire = await bed.tls(own);
    wire.send(connect(own.agentId, { will: { ...will, retain: false } }));
    await wire.next();
    wire.send(publish(topic(own.agentId, "presence"), presence(true)));
    await settled(wire);
    end(wire);
  }
  const last = await connected(own);
  const told = heard("presence", own.agentId).map(({ args }) => (args[1] as { online: boolean }).online);
  expect(told).toEqual([true, false, true, false, true, false]);
  last.stream.destroy();
});

test.each([
  ["another agent's id", (other: Agent) => connect(other.agentId), 2],
  ["an id of its own making", () => connect("camera"), 2],
  ["no id", () => connect(""), 2],
  [
    "MQTT 3.1",
    (_: Agent, me: Agent) => connect(me.agentId, { protocolId: "MQIsdp", protocolVersion: 3 }),
    undefined,
  ],
  ["MQTT 5", (_: Agent, me: Agent) => connect(me.agentId, { protocolVersion: 5 }), 1],
  ["no keep-alive", (_: Agent, me: Agent) => connect(me.agentId, { keepalive: 0 }), 6],
  ["a lazy keep-alive", (_: Agent, me: Agent) => connect(me.agentId, { keepalive: 3_600 }), 6],
  ...wills(),
])("CONNECT with %s is refused and harms nobody", async (_name, packet, returnCode) => {
  const other = await bed.agent();
  const me = await bed.agent();
  const bystander = await connected(other);
  const wire = await bed.tls(me);
  wire.send(packet(other, me));
  const answer = (await wire.next()) as { returnCode?: number } | null;
  if (returnCode !== undefined) expect(answer?.returnCode).toBe(returnCode);
  expect(answer?.returnCode).not.toBe(0);
  expect(await wire.rest()).toEqual([]); // and the connection ends
  await settled(bystander);
  expect(heard("presence", other.agentId)).toEqual([]);
  bystander.stream.destroy();
});

function wills(): [string, (other: Agent, me: Agent) => IConnectPacket, number][] {
  const will =
    (name: (other: Agent, me: Agent) => string, payload: string, qos: 0 | 1 | 2 = 0) =>
    (other: Agent, me: Agent) =>
      connect(me.agentId, {
        will: { topic: name(other, me), payload: Buffer.from(payload), qos, retain: true },
      });
  const mine = (_: Agent, me: Agent) => topic(me.agentId, "presence");
  return [
    ["another agent's will", will((other) => topic(other.agentId, "presence"), presence(false)), 5],
    ["a will that says online", will(mine, presence(true)), 5],
    ["a will of nonsense", will(mine, "bye"), 5],
    ["a will of QoS 2", will(mine, presence(false), 2), 5],
    ["a will to the ring", will((_, me) => topic(me.agentId, "ring"), presence(false)), 5],
    ["a will to $SYS", will(() => "$SYS/x", presence(false)), 5],
  ];
}

const foreign = (kind: string) => (other: Agent) => `fyr/1/${other.agentId}/${kind}`;

test.each([
  ["another's presence", foreign("presence")],
  ["another's progress", foreign("progress")],
  ["another's ring", foreign("ring")],
  ["its own ring", (_: Agent, me: Agent) => topic(me.agentId, "ring")],
  ["$SYS", () => "$SYS/broker/new/clients"],
  ["a topic below its own", (_: Agent, me: Agent) => `${topic(me.agentId, "presence")}/x`],
  ["another version", (_: Agent, me: Agent) => `fyr/2/${me.agentId}/presence`],
  ["a long topic", (_: Agent, me: Agent) => topic(me.agentId, "presence").padEnd(300, "e")],
  ["nothing of ours", () => "a"],
  ["a deep topic", () => "a/".repeat(200)],
])("a message to %s ends the connection and reaches nobody", async (_name, name) => {
  const other = await bed.agent();
  const me = await bed.agent();
  const listening = await connected(other);
  listening.send(subscribe(topic(other.agentId, "ring")));
  await listening.next();
  const before = bed.door.calls.length;
  const wire = await connected(me);
  wire.send(publish(name(other, me), presence(true), { retain: true }));
  expect(await wire.rest()).toEqual([]);
  await settled(listening);
  expect(bed.door.calls.length).toBe(before);
  listening.stream.destroy();
});

test.each([
  ["nonsense", () => "nonsense", 0],
  [
    "a report for another",
    (me: Agent, other: Agent) => JSON.stringify({ agentId: other.agentId, jobs: [], me }),
    0,
  ],
  ["an honest message at QoS 2", (me: Agent) => JSON.stringify({ agentId: me.agentId, jobs: [] }), 2],
] as const)("%s as progress ends the connection", async (_name, payload, qos) => {
  const [me, other] = [await bed.agent(), await bed.agent()];
  const wire = await connected(me);
  wire.send(publish(topic(me.agentId, "progress"), payload(me, other), { qos, messageId: 3 }));
  expect(await wire.rest()).toEqual([]);
  expect(heard("progress", me.agentId)).toEqual([]);
});

test("only its own ring, by its exact name, can be subscribed", async () => {
  const [me, other] = [await bed.agent(), await bed.agent()];
  const wire = await connected(me);
  const refused = [
    "#",
    "+/+/+/+",
    "fyr/#",
    "fyr/1/+/ring",
    `fyr/1/${me.agentId}/#`,
    `fyr/1/${me.agentId}/+`,
    "$SYS/#",
    "$SYS/+/new/clients",
    `$share/g/${topic(me.agentId, "ring")}`,
    topic(other.agentId, "ring"),
    topic(other.agentId, "presence"),
    topic(me.agentId, "presence"),
    topic(me.agentId, "progress"),
    topic(me.agentId, "ring").toUpperCase(),
  ];
  wire.send(subscribe(...refused, topic(me.agentId, "ring")));
  expect(await wire.next()).toMatchObject({ cmd: "suback", granted: [...refused.map(() => 128), 0] });
  bed.broker.doorbell.ring([other.agentId]);
  const chatty = await connected(other);
  chatty.send(publish(topic(other.agentId, "presence"), presence(true)));
  await settled(chatty);
  await settled(wire);
  chatty.stream.destroy();
  wire.stream.destroy();
});

test("nothing is retained or queued for who comes later", async () => {
  const me = await bed.agent();
  const first = await bed.tls(me);
  first.send(connect(me.agentId, { clean: false }));
  expect(await first.next()).toMatchObject({ returnCode: 0, sessionPresent: false });
  first.send(subscribe(topic(me.agentId, "ring")));
  first.send(publish(topic(me.agentId, "presence"), presence(true), { retain: true, qos: 1, messageId: 9 }));
  expect((await first.next())?.cmd).toBe("suback");
  expect((await first.next())?.cmd).toBe("puback");
  first.stream.destroy();
  await eventually(() => heard("presence", me.agentId).at(-1)?.args[1]).toMatchObject({ online: false });
  bed.broker.doorbell.ring([me.agentId]);
  const second = await bed.tls(me);
  second.send(connect(me.agentId, { clean: false }));
  expect(await second.next()).toMatchObject({ returnCode: 0, sessionPresent: false });
  await settled(second);
  second.stream.destroy();
});

test("a revoked agent can neither connect, subscribe nor publish, and cut ends its connections", async () => {
  const [me, other] = [await bed.agent(), await bed.agent()];
  const [two, three, four] = [await bed.tls(me), await bed.tls(me), await bed.webSocket(me)];
  const one = await connected(me);
  const speaking = await connected(other);
  bed.door.revoke(me.certificateSerial);
  bed.door.revoke(other.certificateSerial);
  one.send(subscribe(topic(me.agentId, "ring")));
  expect(await one.rest()).toEqual([]);
  speaking.send(publish(topic(other.agentId, "presence"), presence(true)));
  expect(await speaking.rest()).toEqual([]);
  two.send(connect(me.agentId));
  expect(await two.rest()).toMatchObject([{ cmd: "connack", returnCode: 5 }]);
  expect(heard("presence", other.agentId)).toEqual([]);
  bed.connections.cut(me.agentId);
  expect(await Promise.all([three.rest(), four.rest()])).toEqual([[], []]);
  expect(await (await bed.tls(me)).rest()).toMatchObject([{ cmd: "connack", returnCode: 5 }]);
  await expect(bed.webSocket(me)).rejects.toThrow("401");
});

test("without a certificate there is neither MQTT nor a WebSocket", async () => {
  const nobody = { tls: bed.tlsOf() };
  expect(await (await bed.tls(nobody)).rest()).toMatchObject([{ cmd: "connack", returnCode: 5 }]);
  const socket = await dial(nobody.tls);
  const headers = { connection: "upgrade", upgrade: "websocket" };
  const answer = await exchange(socket, { path: "/mqtt", headers });
  expect(answer.json().code).toBe("CERTIFICATE_REQUIRED");
  const known = await dial(agent.tls);
  expect((await exchange(known, { path: "/mqtt", headers })).json().code).toBe("MESSAGE_INVALID");
  const elsewhere = await dial(agent.tls);
  expect((await exchange(elsewhere, { path: "/other", headers })).json().code).toBe("NOT_FOUND");
});

test("a packet too long ends the connection before it is read", async () => {
  const wire = await connected(await bed.agent());
  wire.send(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  expect(await wire.rest()).toEqual([]);
  const early = await bed.tls(await bed.agent());
  early.send(Buffer.concat([Buffer.from([0x10, 0x81, 0x80, 0x04]), Buffer.alloc(1_000)]));
  expect(await early.rest()).toEqual([]);
});

test("a connection without CONNECT is closed", async () => {
  const wire = await bed.tls(agent);
  const started = performance.now();
  expect(await wire.rest()).toEqual([]);
  expect(performance.now() - started).toBeLessThan(MQTT_LIMITS.connectMs + 2_000);
});

test("a flood of progress is thinned out, not refused", async () => {
  const me = await bed.agent();
  const wire = await connected(me);
  const report = publish(topic(me.agentId, "progress"), JSON.stringify({ agentId: me.agentId, jobs: [] }));
  for (let turn = 0; turn < 500; turn++) wire.send(report);
  await settled(wire);
  expect(heard("progress", me.agentId).length).toBeLessThan(100);
  wire.stream.destroy();
});

test("thousands of damaged packets crash nothing and disturb nobody", async () => {
  const other = await connected(await bed.agent());
  const me = await bed.agent();
  const samples = [
    mqttPacket.generate(connect(me.agentId)),
    mqttPacket.generate(subscribe(topic(me.agentId, "ring"), "a/b")),
    mqttPacket.generate(publish(topic(me.agentId, "presence"), presence(true), { qos: 1, messageId: 5 })),
    mqttPacket.generate({ cmd: "unsubscribe", messageId: 4, unsubscriptions: [topic(me.agentId, "ring")] }),
    mqttPacket.generate({ cmd: "pubrel", messageId: 4 }),
    mqttPacket.generate(ping),
  ];
  const damaged = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    for (let hits = randomInt(1, 4); hits > 0; hits--) copy[randomInt(copy.length)] = randomInt(256);
    return copy.subarray(0, randomInt(8) === 0 ? randomInt(1, copy.length) : copy.length);
  };
  const some = () => {
    const sample = samples[randomInt(samples.length)]!;
    return randomInt(3) === 0 ? sample : damaged(sample);
  };
  for (let turn = 0; turn < 150; turn++) {
    const wire = await bed.tls(me);
    if (turn % 3 > 0) wire.send(connect(me.agentId));
    for (let packet = 0; packet < 20; packet++) wire.send(some());
    wire.stream.end();
    await wire.rest();
  }
  await settled(other);
  expect(heard("presence", me.agentId).length).toBeGreaterThan(0);
  other.stream.destroy();
}, 20_000);
