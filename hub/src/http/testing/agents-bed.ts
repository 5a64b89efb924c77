import { randomBytes, X509Certificate } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import { agentTlsOptions, hubTlsOptions, type TlsCredentials } from "@fyr/certs";
import { testPki, type TestPki } from "@fyr/certs/testing";
import { Digest, Fault } from "@fyr/protocol";
import { silentLog, systemClock, type Clock, type OpenFile } from "@fyr/runtime";
import type { AgentDoor, AgentIdentity } from "../../ports.ts";
import { AGENTS_LIMITS, type AgentsLimits } from "../agents/limits.ts";
import { createAgentsListener } from "../agents/listener.ts";
import type { MqttUpgrade } from "../agents/upgrade.ts";
import type { ImageShelf } from "../agents/images.ts";
import { createConnections, type ConnectionBook } from "../connections.ts";
import { agentName, fakeDoor, type FakeDoor } from "./door.ts";

export interface Agent extends AgentIdentity {
  readonly credentials: TlsCredentials;
  readonly tls: ConnectionOptions;
}

export interface AgentsBed {
  readonly port: number;
  readonly pki: TestPki;
  readonly door: FakeDoor;
  readonly connections: ConnectionBook;
  readonly image: { digest: Digest; bytes: Buffer };
  /** A new agent with a certificate that the door knows. */
  agent(): Promise<Agent>;
  /** The connection of anybody with these credentials, or with none. */
  tlsOf(credentials?: TlsCredentials): ConnectionOptions;
  close(): Promise<void>;
}

export interface BedOptions {
  readonly limits?: Partial<AgentsLimits>;
  readonly answers?: Partial<AgentDoor>;
  readonly clock?: Clock;
  readonly mqtt?: MqttUpgrade;
  readonly imageBytes?: number;
}

export const serialOf = ({ chainPem }: TlsCredentials): string =>
  new X509Certificate(chainPem).serialNumber.toLowerCase().padStart(32, "0");

const memoryFile = (bytes: Buffer): OpenFile => ({
  read: async (into, position) => bytes.copy(into, 0, position),
  write: async () => undefined,
  truncate: async () => undefined,
  sync: async () => undefined,
  close: async () => undefined,
});

function memoryShelf(digest: Digest, bytes: Buffer): ImageShelf {
  const demand = (wanted: Digest) => {
    if (wanted !== digest) throw new Fault("IMAGE_UNKNOWN");
  };
  return {
    async open(wanted) {
      demand(wanted);
      return { file: memoryFile(bytes), sizeBytes: bytes.length };
    },
    async chunks(wanted) {
      demand(wanted);
      return Buffer.alloc(32, 7);
    },
    async metadata(name) {
      if (name !== "timestamp.json") throw new Fault("METADATA_MISSING");
      return Buffer.from('{"signed":{},"signatures":[]}');
    },
  };
}

/** The real listener on a free port of loopback, with a PKI of its own and a door that notes what comes in. */
export async function openAgentsBed(options: BedOptions = {}): Promise<AgentsBed> {
  const { clock = systemClock, limits, answers, mqtt, imageBytes = 3_000_000 } = options;
  const pki = await testPki(clock.wall());
  const door = fakeDoor(answers);
  const connections = createConnections();
  const bytes = randomBytes(imageBytes);
  const digest = Digest.parse("ab".repeat(32));
  const listener = createAgentsListener(
    {
      clock,
      log: silentLog,
      door,
      shelf: memoryShelf(digest, bytes),
      connections,
      agentsPems: () => [pki.agents.certificatePem],
      ...(mqtt && { mqtt }),
    },
    hubTlsOptions(await pki.server(), pki.rootPem),
    { ...AGENTS_LIMITS, drainMs: 200, ...limits },
  );
  const port = await listener.listen(0, "127.0.0.1");
  const tlsOf = (credentials?: TlsCredentials): ConnectionOptions => ({
    ...agentTlsOptions(pki.rootPem, "localhost", credentials),
    port,
    host: "127.0.0.1",
    servername: "localhost",
  });
  return {
    port,
    pki,
    door,
    connections,
    image: { digest, bytes },
    async agent() {
      const name = agentName();
      const credentials = await pki.agent(name);
      const identity = { ...name, certificateSerial: serialOf(credentials) };
      door.know(identity);
      return { ...identity, credentials, tls: tlsOf(credentials) };
    },
    tlsOf,
    close: () => listener.close(),
  };
}
