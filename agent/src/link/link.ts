import type { AgentKeys } from "@fyr/certs";
import { BootId, isFault } from "@fyr/protocol";
import type { Clock, Ids, Logger, Random } from "@fyr/runtime";
import type {
  HubLink,
  ImageCache,
  Inventory,
  Jobs,
  ServerReports,
  SiteTime,
  StateStore,
  Trust,
} from "../ports.ts";
import { AGENT_VERSION } from "../version.ts";
import { brokerUrls } from "./broker-urls.ts";
import { createDoorbell, type OpenLine } from "./doorbell.ts";
import { createDoorbells, type Doorbells } from "./doorbells.ts";
import { createHubLink } from "./http.ts";
import { credentialsOf, type Identity, type IdentityStore, type ReadLeaf } from "./identity.ts";
import { createRenewal } from "./renewal.ts";
import { createSiteTime } from "./site-time.ts";
import { keepStanding } from "./standing.ts";
import { createSync, type LinkStanding } from "./sync.ts";
import { createTrust } from "./trust.ts";
import type { HubAddress, HubWire, OpenHubWire } from "./wire.ts";

export interface LinkPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly store: StateStore;
  readonly keys: AgentKeys;
  readonly readLeaf: ReadLeaf;
  readonly identities: IdentityStore;
  readonly openWire: OpenHubWire;
  /** Opens doorbell lines as whoever the agent is when it opens one. */
  readonly openLine: (current: () => HubAddress) => OpenLine;
}

export interface LinkSettings {
  /** The first sync comes within this time of the start. */
  readonly firstSyncMs: number;
  /** News of one moment travel together. */
  readonly gatherMs: number;
  /** Whether the hub may ring; without it the site polls. */
  readonly doorbell: boolean;
}

/** What the site hands to the link once it has been built with what the link gives. */
export interface LinkedSite {
  readonly jobs: Jobs;
  readonly inventory: Inventory;
  /** Of a host with a server. */
  readonly reports?: ServerReports | undefined;
  readonly cache: Pick<ImageCache, "freeBytes">;
}

export interface Link {
  readonly hub: HubLink;
  readonly time: SiteTime;
  readonly trust: Trust;
  start(site: LinkedSite): void;
  stop(): Promise<void>;
}

/** The hub's file that costs least and is always there. */
const SMALL_FILE = { name: "timestamp.json", maxBytes: 16 * 1024 } as const;

const addressOf = (identity: Identity): HubAddress => ({
  url: identity.syncUrl,
  rootPem: identity.root,
  credentials: credentialsOf(identity),
});

/** The one wire that everybody uses, whoever the agent is at the moment. */
function changingWire(open: OpenHubWire, first: Identity) {
  let identity = first;
  let wire = open(addressOf(first));
  const through: HubWire = { exchange: (request) => wire.exchange(request), close: () => wire.close() };
  return {
    through,
    address: () => addressOf(identity),
    adopt(next: Identity) {
      const old = wire;
      identity = next;
      wire = open(addressOf(next));
      old.close();
    },
  };
}

/** Everything between this site and its hub (design.md D3, D8). */
export function createLink(ports: LinkPorts, identity: Identity, settings: LinkSettings): Link {
  const { clock, random, ids, store } = ports;
  const log = ports.log.child({ part: "link" });
  const bootId = BootId.parse(ids.next());
  const { agentId } = identity;
  const wire = changingWire(ports.openWire, identity);
  const hub = createHubLink(wire.through, clock);
  const time = createSiteTime(clock);

  const probe = async (next: Identity) => {
    const own = ports.openWire(addressOf(next));
    const { name, maxBytes } = SMALL_FILE;
    await createHubLink(own, clock)
      .metadata(name, maxBytes)
      .finally(() => own.close());
  };
  const renewal = createRenewal({ ...ports, log, time, link: hub, probe, adopt: wire.adopt }, identity);

  let doorbell: Doorbells | undefined;
  const onStanding = (standing: LinkStanding) => {
    const archived = !standing.answered && isFault(standing.fault, "ORG_ARCHIVED");
    if (archived) doorbell?.hush();
    if (standing.answered) doorbell?.wake();
    if (!standing.answered && isFault(standing.fault, "CERTIFICATE_EXPIRED")) renewal.hurry();
    try {
      keepStanding(store, clock, standing);
    } catch (error) {
      log.debug({ error }, "standing not kept");
    }
  };

  const started: { stop(): Promise<void> }[] = [];
  return {
    hub,
    time,
    trust: createTrust({ clock, time, link: hub, store, log }, identity),
    start({ jobs, inventory, reports, cache }) {
      const { firstSyncMs: firstMs, gatherMs } = settings;
      const sync = createSync(
        {
          clock,
          random: random.split("sync"),
          ids,
          log,
          link: hub,
          jobs,
          inventory,
          reports,
          cache,
          time,
          onStanding,
        },
        { agentId, bootId, agentVersion: AGENT_VERSION, firstMs, gatherMs },
      );
      const urls = settings.doorbell ? brokerUrls(identity.mqttUrl, identity.syncUrl) : [];
      const open = ports.openLine(wire.address);
      const bellPorts = { clock, random: random.split("doorbell"), log, open, jobs, onRing: sync.ring };
      doorbell = createDoorbells(() => createDoorbell(bellPorts, { agentId, bootId, urls }));
      started.push(sync, doorbell, renewal);
      for (const part of [sync, doorbell, renewal]) part.start();
    },
    async stop() {
      await Promise.all(started.map((part) => part.stop()));
      wire.through.close();
    },
  };
}
