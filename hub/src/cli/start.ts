import type { AddressInfo } from "node:net";
import { createAgentCa, hubTlsOptions, loadCredentials, type TlsCredentials } from "@fyr/certs";
import { Fault } from "@fyr/protocol";
import type { Logger, Process } from "@fyr/runtime";
import type { HubConfig } from "../config.ts";
import { createGate } from "../http/agents/gate.ts";
import { AGENTS_LIMITS, createAgentsListener } from "../http/agents/listener.ts";
import { createApi } from "../http/api/server.ts";
import { createConnections, type ConnectionBook } from "../http/connections.ts";
import { createMetrics, createMetricsListener, type Metrics } from "../http/prometheus.ts";
import { createHub } from "../hub.ts";
import { createBroker, type Broker } from "../mqtt/broker.ts";
import { createMqttListener } from "../mqtt/listener.ts";
import { mqttOverWebSocket } from "../mqtt/websocket.ts";
import { loadKeys, orderKeys, orderSigner, rootKeyHash, type HubKeys } from "../pki/keys.ts";
import { ensureServerLeaf, watchServerLeaf } from "../pki/server-leaf.ts";
import type { Doorbell, Hub, Welcome } from "../ports.ts";
import { openLibrary, type ImageLibrary } from "../releases/library.ts";
import { openStore } from "../store/store.ts";
import { addresses, apiHost, type Addresses } from "./addresses.ts";
import { dataFolder, type DataFolder } from "./folder.ts";
import { late, type Late } from "./late.ts";
import { lockFolder } from "./lock.ts";
import type { Machine } from "./machine.ts";
import { readOperator } from "./operator.ts";

/** What every part of a starting hub is handed. */
interface Start {
  readonly machine: Machine;
  readonly config: HubConfig;
  readonly log: Logger;
  readonly onClose: Process["onClose"];
  readonly folder: DataFolder;
  readonly keys: HubKeys;
  readonly library: ImageLibrary;
  readonly connections: ConnectionBook;
  readonly metrics: Metrics;
  /** Known once everything listens. */
  readonly known: Late<Addresses>;
}

/**
 * Starts a hub in its data folder.
 *
 * @throws Fault `HUB_NOT_INITIALISED`, `INSTANCE_RUNNING`; Node's `EADDRINUSE` for a taken port
 */
export async function startHub(
  machine: Machine,
  config: HubConfig,
  log: Logger,
  { onClose }: Pick<Process, "onClose">,
): Promise<Addresses> {
  const { files, clock, ids } = machine;
  const folder = dataFolder(config.dataDir);
  const operator = await readOperator(files, folder.operator);
  if (operator === null) throw new Fault("HUB_NOT_INITIALISED", { folder: folder.path });
  onClose("lock", lockFolder(folder.lock));
  const keys = await loadKeys(files, folder.keys);
  const library = await openLibrary({
    files,
    clock,
    ids,
    log: log.child({ part: "images" }),
    keys: keys.releases,
    imagesFolder: folder.images,
    metadataFolder: folder.metadata,
  });
  library.start();
  onClose("images", () => library.stop());
  const connections = createConnections();
  const metrics = createMetrics();
  const start = {
    machine,
    config,
    log,
    onClose,
    folder,
    keys,
    library,
    connections,
    metrics,
    known: late<Addresses>(),
  };
  const bell = late<Doorbell>();
  const hub = await openHub(start, { ring: (agents) => bell.get()?.ring(agents) });
  const agents = await openAgents(start, hub, bell);
  const api = await openApi(start, hub, operator);
  const found = addresses(config, { ...agents, api, metrics: await openMetrics(start, hub) });
  start.known.came(found);
  log.info({ ...found }, "hub is ready");
  return found;
}

async function openHub(start: Start, doorbell: Doorbell): Promise<Hub> {
  const { machine, config, keys, library, connections, onClose } = start;
  const { clock, random, ids, turn } = machine;
  const log = start.log.child({ part: "hub" });
  const store = await openStore(config.databaseUrl ?? `sqlite:${start.folder.database}`, { log, turn });
  onClose("database", () => store.close());
  const { idlePollMs, busyPollMs, leaseMs, codeMs } = config;
  const hub = createHub(
    {
      clock,
      random,
      ids,
      log,
      doorbell,
      connections,
      orders: orderSigner(keys.orders),
      releases: library,
      ca: createAgentCa(keys.pki.agents, random),
      welcome: welcomeOf(start),
      settings: { idlePollMs, busyPollMs, leaseMs, codeMs },
    },
    store,
  );
  hub.start();
  onClose("hub", () => hub.stop());
  return hub;
}

/** Nobody enrols before the hub listens, so the addresses are known when they are asked for. */
function welcomeOf({ keys, library, known }: Start): Welcome {
  const told = (): Addresses => {
    const found = known.get();
    if (!found) throw new Fault("HUB_BUSY", { reason: "starting" });
    return found;
  };
  return {
    get syncUrl() {
      return told().agents;
    },
    get mqttUrl() {
      return told().mqtt;
    },
    root: keys.pki.rootPem,
    orderKeys: orderKeys(keys),
    imageRoot: library.firstRoot,
    rootKeyHash: rootKeyHash(keys.pki),
  };
}

/** The doors for agents: HTTPS, MQTT inside it, and MQTT by itself. */
async function openAgents(start: Start, { door }: Hub, bell: Late<Doorbell>) {
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

const limitsOf = (config: HubConfig) => ({
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

async function openApi(start: Start, { services }: Hub, operatorTokenHash: string): Promise<number> {
  const { machine, config, library, metrics, known, onClose } = start;
  const log = start.log.child({ part: "api" });
  const tls = await apiTls(start);
  if (!tls) log.warn("no certificate is configured: the API speaks clear HTTP and listens on loopback only");
  const limits = { maxBytes: config.maxImageBytes, spareBytes: config.spareDiskBytes };
  const app = await createApi({
    clock: machine.clock,
    log,
    services,
    operatorTokenHash,
    metrics: metrics.of("api"),
    enrolUrl: () => known.get()?.agents ?? "",
    images: {
      import: ({ bytes, announcedBytes, ...said }) =>
        library.import(bytes, said, { ...limits, announcedBytes }),
      publish: (signed) => library.publish(signed),
    },
    ...(tls && { tls }),
  });
  await app.listen({ port: config.apiPort, host: apiHost(config) });
  onClose("api", () => app.close());
  return (app.server.address() as AddressInfo).port;
}

async function apiTls({ machine, config }: Start): Promise<{ key: string; cert: string } | null> {
  if (config.apiCertificate === undefined) return null;
  const found = await loadCredentials(machine.files, config.apiCertificate);
  if (!found) throw new Error(`${config.apiCertificate}: no such file`);
  return { key: found.keyPem, cert: found.chainPem };
}

async function openMetrics({ config, metrics, onClose }: Start, { services }: Hub): Promise<number> {
  const listener = createMetricsListener(metrics, () => services.organisations({ limit: 1 }));
  const port = await listener.listen(config.metricsPort);
  onClose("metrics", () => listener.close());
  return port;
}
