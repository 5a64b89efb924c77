import { hubTlsOptions, type TlsCredentials } from "@fyr/certs";
import type { HubConfig } from "../config.ts";
import { createGate } from "../http/agents/gate.ts";
import { AGENTS_LIMITS, type AgentsLimits } from "../http/agents/limits.ts";
import { createAgentsListener } from "../http/agents/listener.ts";
import { createBroker, type Broker } from "../mqtt/broker.ts";
import { createMqttListener } from "../mqtt/listener.ts";
import { mqttOverWebSocket } from "../mqtt/websocket.ts";
import { ensureServerLeaf, watchServerLeaf } from "../pki/server-leaf.ts";
import type { Doorbell, Hub } from "../ports.ts";
import type { Late } from "./late.ts";
import type { Start } from "./parts.ts";

/** The doors for agents: HTTPS, MQTT inside it, and MQTT by itself. */
export async function openAgents(start: Start, { door }: Hub, bell: Late<Doorbell>) {
  const { config, keys, library, connections, metrics, onClose } = start;
  const { clock } = start.machine;
  const log = start.log.child({ part: "agents" });
  const { tlsOf, leaf, of, ports } = await serverTls(start);
  const broker = config.mqtt ? await createBroker({ clock, log, door }) : null;
  if (broker) {
    bell.came(broker.doorbell);
    metrics.gauge("fyr_agents_on_mqtt", "Agents connected over MQTT", () => broker.count());
  }
  metrics.gauge("fyr_agent_connections", "Open connections of agents", () => connections.count());
  const agentsPems = () => [keys.pki.agents.certificatePem];
  const listener = createAgentsListener(
    {
      clock,
      log,
      door,
      connections,
      agentsPems,
      shelf: library.shelf,
      metrics: metrics.of("agents"),
      ...(broker && { mqtt: mqttOverWebSocket(broker) }),
    },
    tlsOf(leaf),
    limitsOf(config),
  );
  const agents = await listener.listen(config.agentsPort, config.agentsHost);
  onClose("agents' listener", () => listener.close());
  // Closed before the listener, which would wait for the WebSockets that the broker holds.
  if (broker) onClose("broker", () => broker.close());
  const mqtt =
    broker && (await openMqtt(start, broker, { door, clock, connections, agentsPems }, tlsOf(leaf)));
  const stopWatch = watchServerLeaf(ports, of, (renewed) => {
    listener.renewTls(tlsOf(renewed));
    mqtt?.listener.renewTls(tlsOf(renewed));
  });
  onClose("certificate watch", stopWatch);
  return { agents, mqtt: mqtt?.port ?? null };
}

const limitsOf = (config: HubConfig): AgentsLimits => ({
  ...AGENTS_LIMITS,
  connections: config.agentConnections,
  enrolmentsPerMinute: config.enrolmentsPerMinute,
  requestsPerSecond: config.agentRequestsPerSecond,
  // Two missed polls, so that a poll keeps its connection.
  keepAliveMs: 2 * config.idlePollMs + 60_000,
  drainMs: config.shutdownGraceMs / 2,
});

async function serverTls({ machine, config, keys, folder, log }: Start) {
  const { files, clock, random } = machine;
  const ports = { files, clock, random, log: log.child({ part: "pki" }) };
  const of = { pki: keys.pki, folder: folder.keys, hosts: config.hosts };
  const leaf = await ensureServerLeaf(ports, of);
  const tlsOf = (credentials: TlsCredentials) => hubTlsOptions(credentials, keys.pki.rootPem);
  return { ports, of, leaf, tlsOf };
}

async function openMqtt(
  { config, log, onClose }: Start,
  broker: Broker,
  gatePorts: Parameters<typeof createGate>[0],
  tls: ReturnType<typeof hubTlsOptions>,
) {
  const gate = createGate(gatePorts);
  const listener = createMqttListener(
    { log: log.child({ part: "mqtt" }), gate, broker, connections: config.agentConnections },
    tls,
  );
  const port = await listener.listen(config.mqttPort, config.mqttHost);
  onClose("mqtt listener", () => listener.close());
  return { listener, port };
}
