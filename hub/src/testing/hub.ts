import { signOrder, type ImageFacts } from "@fyr/certs";
import { fakeAgentCa, testImage, testSigningKey } from "@fyr/certs/testing";
import type { AgentId } from "@fyr/protocol";
import { seededRandom, silentLog, uuid7Ids, type Clock, type Random } from "@fyr/runtime";
import { fakeClock, type FakeClock } from "@fyr/runtime/testing";
import { exportSigner } from "../exports/keys.ts";
import { licenceFiles } from "../licences/licence-files.ts";
import { createHub } from "../hub.ts";
import type { Hub, HubPorts } from "../ports.ts";
import { openStore, type HubStore } from "../store/store.ts";
import { accountDoubles } from "./accounts.ts";

export interface TestHubOptions<C extends Clock = FakeClock> {
  readonly clock?: C;
  readonly random?: Random;
  /** Where it keeps what it knows; a database in memory unless told otherwise. */
  readonly store?: HubStore;
  /** What is published; grows with what a test adds. */
  readonly images?: ImageFacts[];
  readonly ports?: Partial<HubPorts>;
  readonly settings?: Partial<HubPorts["settings"]>;
}

export interface TestHub<C extends Clock = FakeClock> extends Hub {
  readonly clock: C;
  readonly random: Random;
  readonly ports: HubPorts;
  readonly store: HubStore;
  readonly images: ImageFacts[];
  /** Agents in the order in which they were rung or cut off. */
  readonly rung: AgentId[];
  readonly cut: AgentId[];
  /** Stops the hub and closes its store. */
  close(): Promise<void>;
}

export const memoryStore = (): Promise<HubStore> =>
  openStore("sqlite::memory:", { log: silentLog, turn: () => Promise.resolve() });

const SETTINGS = { idlePollMs: 30_000, busyPollMs: 2_000, leaseMs: 15 * 60_000, codeMs: 24 * 3_600_000 };

/**
 * A whole hub without edges: real store, real decisions, no sockets, no WebCrypto, no time but the clock that
 * is handed in. The same clock and random give the same hub.
 */
export async function testHub<C extends Clock = FakeClock>(
  options: TestHubOptions<C> = {},
): Promise<TestHub<C>> {
  const clock = options.clock ?? (fakeClock() as Clock as C);
  const random = options.random ?? seededRandom("test hub");
  const store = options.store ?? (await memoryStore());
  const images = options.images ?? [testImage()];
  const rung: AgentId[] = [];
  const cut: AgentId[] = [];
  const orderKey = testSigningKey("hub orders");
  const ports: HubPorts = {
    clock,
    random: random.split("hub"),
    ids: uuid7Ids(clock, random.split("hub ids")),
    log: silentLog,
    doorbell: { ring: (agents) => void rung.push(...agents) },
    connections: { cut: (agentId) => void cut.push(agentId) },
    orders: { sign: (claims) => signOrder(orderKey, claims) },
    exports: exportSigner(testSigningKey("hub exports")),
    licenceFiles: licenceFiles(testSigningKey("hub licences")),
    releases: {
      facts: (digest) => images.find((image) => image.digest === digest) ?? null,
      all: () => images,
    },
    ca: fakeAgentCa(random.split("ca")),
    welcome: {
      syncUrl: "https://hub.test:8444",
      mqttUrl: null,
      root: "root",
      orderKeys: [{ keyid: orderKey.keyid, publicKey: "" }],
      imageRoot: { signed: {}, signatures: [] },
      rootKeyHash: "0".repeat(64),
    },
    ...accountDoubles(random.split("sealing")),
    settings: { ...SETTINGS, ...options.settings },
    ...options.ports,
  };
  const hub = createHub(ports, store);
  return {
    ...hub,
    ...{ clock, random, ports, store, images, rung, cut },
    async close() {
      await hub.stop();
      await store.close();
    },
  };
}
