import type { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { Fault, MQTT_LIMITS, topic, type AgentId, type Presence } from "@fyr/protocol";
import type { Clock, Logger } from "@fyr/runtime";
import { createThrottle, type Throttle } from "../http/throttle.ts";
import type { AgentDoor, AgentIdentity, Doorbell } from "../ports.ts";
import { createPacketGuard } from "./packet-guard.ts";
import { mayHear, readPublish, REFUSED, refusalOfConnect, type Said } from "./rules.ts";

export interface BrokerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly door: Pick<AgentDoor, "authenticate" | "presence" | "progress">;
}

export interface Broker {
  readonly doorbell: Doorbell;
  /** Takes a connection whose agent the certificate has proved; `stream` carries MQTT. */
  accept(stream: Duplex, identity: AgentIdentity): void;
  /** Agents that are connected. */
  count(): number;
  close(): Promise<void>;
}

/** Messages of one agent: a few a second, with room for a burst after a reconnect. */
const MESSAGES = { burst: 40, everyMs: 100, keys: 50_000 } as const;
/** Levels that a topic may have before the matcher sees it; ours have four. */
const TOPIC_LEVELS = 8;

interface Peer {
  readonly identity: AgentIdentity;
  /** What it last said of itself; its end is told in the same words. */
  presence: Presence | null;
}

type Peers = WeakMap<Client, Peer>;

/**
 * The embedded broker (design.md D3): a doorbell that carries no fact. Each agent publishes its own presence and
 * progress, hears its own ring and nothing else; nothing is kept; the database is asked at each of these steps.
 */
export async function createBroker(ports: BrokerPorts): Promise<Broker> {
  const peers: Peers = new WeakMap();
  const present = new Map<AgentId, Client>();
  const aedes = await Aedes.createBroker({
    connectTimeout: MQTT_LIMITS.connectMs,
    keepaliveLimit: MQTT_LIMITS.keepAliveS,
    maxTopicLevels: TOPIC_LEVELS,
    ...connecting(ports, peers),
    ...publishing(ports, peers, createThrottle(ports.clock, MESSAGES)),
    ...hearing(ports, peers),
  });
  aedes.on("clientReady", (client) => void present.set(client.id as AgentId, client));
  aedes.on("clientDisconnect", (client) => {
    if (present.get(client.id as AgentId) === client) present.delete(client.id as AgentId);
    tellGone(ports, peers.get(client));
  });
  const broken = (client: Client, error: Error) =>
    ports.log.debug({ agentId: peers.get(client)?.identity.agentId, reason: error.message }, "mqtt refused");
  aedes.on("clientError", broken);
  aedes.on("connectionError", broken);

  return {
    accept: (stream, identity) =>
      accept(aedes, stream, (client) => peers.set(client, { identity, presence: null })),
    doorbell: {
      ring: (agents) => agents.forEach((agentId) => present.has(agentId) && ring(aedes, agentId, ports)),
    },
    count: () => present.size,
    close: () => new Promise((resolve) => aedes.close(resolve)),
  };
}

/**
 * Attached after the broker's own listener, the guard does not set the stream flowing, but is called inside each
 * `read`, before its bytes reach the parser.
 */
function accept(aedes: Aedes, stream: Duplex, introduce: (client: Client) => void): void {
  const guard = createPacketGuard(MQTT_LIMITS.packetBytes);
  introduce(aedes.handle(stream));
  stream.on("data", (chunk: Buffer) => {
    if (!guard.admits(chunk)) stream.destroy(new Error("packet too large"));
  });
}

function ring(aedes: Aedes, agentId: AgentId, { clock, log }: BrokerPorts): void {
  const payload = JSON.stringify({ at: Math.trunc(clock.wall()) });
  aedes.publish(
    { cmd: "publish", topic: topic(agentId, "ring"), payload, qos: 0, retain: false, dup: false },
    (error) => error && log.debug({ agentId, error }, "ring was lost"),
  );
}

function tellGone({ clock, door }: BrokerPorts, peer: Peer | undefined): void {
  if (!peer?.presence?.online) return;
  door.presence(peer.identity, { ...peer.presence, online: false, at: Math.trunc(clock.wall()) });
}

const refused = (returnCode: number): AuthenticateError =>
  Object.assign(new Error(`refused with ${returnCode}`), { returnCode });

function connecting({ door }: BrokerPorts, peers: Peers): Pick<Aedes, "preConnect" | "authenticate"> {
  const verdicts = new WeakMap<Client, number | null>();
  const verdictOn = async (client: Client): Promise<number | null> => {
    const peer = peers.get(client);
    if (peer) await door.authenticate(peer.identity.certificateSerial);
    return verdicts.get(client) ?? null;
  };
  return {
    preConnect(client, packet, done) {
      const peer = peers.get(client);
      verdicts.set(client, peer ? refusalOfConnect(peer.identity.agentId, packet) : REFUSED.notAuthorized);
      // Nothing is kept for an agent that is away, whatever it asks for.
      packet.clean = true;
      // Its end is known here first, so the will that says the same is not sent.
      delete packet.will;
      done(null, true);
    },
    authenticate(client, _username, _password, done) {
      verdictOn(client).then(
        (verdict) => (verdict === null ? done(null, true) : done(refused(verdict), false)),
        () => done(refused(REFUSED.notAuthorized), false),
      );
    },
  };
}

function publishing(
  { door, log }: BrokerPorts,
  peers: Peers,
  messages: Throttle,
): Pick<Aedes, "authorizePublish"> {
  const tell = (peer: Peer, said: Said): void => {
    if (said.kind === "progress") return door.progress(peer.identity, said.report);
    peer.presence = said.presence;
    door.presence(peer.identity, said.presence);
  };
  const hear = async (peer: Peer, said: Said): Promise<void> => {
    await door.authenticate(peer.identity.certificateSerial);
    tell(peer, said);
  };
  return {
    authorizePublish(client, packet, done) {
      const peer = client && peers.get(client);
      if (!peer) return done(new Fault("FORBIDDEN"));
      // A retained message would outlive its sender.
      packet.retain = false;
      if (messages.take(peer.identity.agentId) > 0) return done();
      Promise.resolve()
        .then(() => hear(peer, readPublish(peer.identity.agentId, packet)))
        .then(
          () => done(),
          (error: Error) => {
            log.debug({ agentId: peer.identity.agentId, reason: error.message }, "publish refused");
            done(error);
          },
        );
    },
  };
}

function hearing(
  { door }: BrokerPorts,
  peers: Peers,
): Pick<Aedes, "authorizeSubscribe" | "authorizeForward"> {
  return {
    authorizeSubscribe(client, subscription, done) {
      const peer = peers.get(client);
      // Null is "failure" in SUBACK: the others of one SUBSCRIBE packet still count.
      if (!peer || !mayHear(peer.identity.agentId, subscription.topic)) return done(null, null);
      door.authenticate(peer.identity.certificateSerial).then(
        () => done(null, subscription),
        (error: Error) => done(error),
      );
    },
    authorizeForward(client, packet) {
      const peer = peers.get(client);
      return peer && mayHear(peer.identity.agentId, packet.topic) ? packet : null;
    },
  };
}
