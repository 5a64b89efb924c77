import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { topic } from "@fyr/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Agent } from "../http/testing/agents-bed.ts";
import { openMqttBed, type MqttBed } from "./testing/bed.ts";

let bed: MqttBed;
beforeAll(async () => (bed = await openMqttBed()));
afterAll(() => bed.close());

const bootId = "01890000-0000-7000-8000-0000000000b0";
const presence = (online: boolean) => JSON.stringify({ bootId, online, at: 1 });

/** The client that agents use, with what an agent tells it. */
function connectAs({ agentId, credentials }: Agent, url: string): Promise<MqttClient> {
  const options: IClientOptions = {
    protocolVersion: 4,
    clientId: agentId,
    keepalive: 60,
    reconnectPeriod: 0,
    ca: bed.pki.rootPem,
    key: credentials.keyPem,
    cert: credentials.chainPem,
    will: { topic: topic(agentId, "presence"), payload: Buffer.from(presence(false)), qos: 1, retain: false },
  };
  return connectAsync(url, options, false);
}

test.each(["mqtts", "wss"])("a foreign client finds its way over %s", async (scheme) => {
  const agent = await bed.agent();
  const port = scheme === "mqtts" ? bed.mqttPort : bed.port;
  const client = await connectAs(agent, `${scheme}://127.0.0.1:${port}${scheme === "wss" ? "/mqtt" : ""}`);
  await client.subscribeAsync(topic(agent.agentId, "ring"), { qos: 1 });
  await client.publishAsync(topic(agent.agentId, "presence"), presence(true), { qos: 1 });
  const heard = new Promise((resolve) => client.once("message", (name) => resolve(name)));
  bed.broker.doorbell.ring([agent.agentId]);
  expect(await heard).toBe(topic(agent.agentId, "ring"));
  const told = () => bed.door.calls.filter(({ args }) => (args[0] as Agent).agentId === agent.agentId);
  expect(told().map(({ args }) => args[1])).toMatchObject([{ bootId, online: true }]);
  client.stream.destroy();
  await expect
    .poll(() => told().at(-1)?.args[1], { timeout: 20_000 })
    .toMatchObject({ bootId, online: false });
  client.end(true);
});

test("it learns why it is not let in", async () => {
  const agent = await bed.agent();
  bed.door.revoke(agent.certificateSerial);
  await expect(connectAs(agent, `mqtts://127.0.0.1:${bed.mqttPort}`)).rejects.toThrow(/not authorized/i);
});
