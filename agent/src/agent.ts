import { join } from "node:path";
import type { Clock, Files, Ids, Logger, Random } from "@fyr/runtime";
import { createImageCache } from "./cache/index.ts";
import type { AgentConfig } from "./config.ts";
import {
  allowedWire,
  createAddressPolicy,
  createDiscovery,
  siteRange,
  type Discovery,
  type Knock,
} from "./discovery/index.ts";
import { createInventory, type SiteInventory } from "./inventory/index.ts";
import { createLink, type Identity, type LinkPorts } from "./link/index.ts";
import type { Probe, StateStore } from "./ports.ts";
import {
  createJobs,
  upgradeSettings,
  type Backups,
  type Journal,
  type RunningJobs,
} from "./upgrade/index.ts";
import { storedPins, storedRefusals, type Wire } from "./vapix/index.ts";
import type { Logins } from "./vault/login.ts";

/** Everything that an agent needs of the world; `main.ts` brings the real things, a test or a world its own. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly files: Files;
  /** What it remembers; nobody else has it open. */
  readonly store: { readonly journal: Journal; readonly state: StateStore };
  readonly backups: Backups;
  readonly logins: Logins;
  /** The way to the hub. */
  readonly hub: Pick<LinkPorts, "keys" | "readLeaf" | "identities" | "openWire" | "openLine">;
  /** The way to devices, and how to see whether an address answers at all. */
  readonly devices: {
    readonly wire: Wire;
    readonly knock: Knock;
    readonly ownAddresses: () => readonly string[];
  };
  readonly probe: Probe;
}

export type AgentSettings = Omit<AgentConfig, "logLevel" | "shutdownGraceMs">;

export interface Agent {
  readonly inventory: SiteInventory;
  readonly jobs: RunningJobs;
  readonly discovery: Discovery;
  /** Goes on with what the journal holds, links up with the hub and looks for devices. */
  start(): void;
  /**
   * Ends what may be ended at any time (an upload before its last piece is aborted), and leaves the rest to the
   * journal and the next start.
   */
  stop(): Promise<void>;
}

type SitePorts = Pick<AgentPorts, "clock" | "random" | "log" | "store" | "logins" | "devices">;

/** The devices of the site and how they are found; needs no hub. */
export function createSite(
  { clock, random, log, store, logins, devices }: SitePorts,
  settings: Pick<AgentSettings, "ranges" | "sweepEveryMs" | "sweepConcurrency" | "sweepPaceMs">,
): { inventory: SiteInventory; discovery: Discovery } {
  const policy = createAddressPolicy(settings.ranges.map(siteRange), devices.ownAddresses);
  const wire = allowedWire(devices.wire, policy);
  const inventory = createInventory({
    clock,
    store: store.state,
    log: log.child({ part: "inventory" }),
    camera: {
      wire,
      clock,
      random: random.split("vapix"),
      log: log.child({ part: "vapix" }),
      pins: storedPins(store.state, clock),
      refusals: storedRefusals(store.state, clock),
    },
    logins,
    groupOf: (host) => policy.candidate(host)?.group ?? null,
    onMissed: () => discovery.hurry(),
  });
  const discovery = createDiscovery(
    {
      clock,
      wire,
      policy,
      knock: devices.knock,
      finds: inventory.finds,
      log: log.child({ part: "discovery" }),
    },
    {
      everyMs: settings.sweepEveryMs,
      concurrency: settings.sweepConcurrency,
      paceMs: settings.sweepPaceMs,
    },
  );
  return { inventory, discovery };
}

/**
 * One agent of one site. The caller holds the lock of its data folder.
 *
 * @throws Fault `ADDRESS_REFUSED` for ranges in which no device can be
 */
export function createAgent(ports: AgentPorts, identity: Identity, settings: AgentSettings): Agent {
  const { clock, random, ids, log, files, store } = ports;
  const link = createLink(
    { ...ports.hub, clock, random: random.split("link"), ids, log, store: store.state },
    identity,
    settings,
  );
  const { inventory, discovery } = createSite(ports, settings);
  const cache = createImageCache(
    {
      hub: link.hub,
      files,
      clock,
      random: random.split("cache"),
      store: store.state,
      log: log.child({ part: "cache" }),
    },
    { folder: join(settings.dataDir, "images"), keepFreeBytes: settings.keepFreeBytes },
  );
  const { parallelFlashes, parallelUploads, mostJobs, speed } = settings;
  const jobs = createJobs({
    clock,
    log: log.child({ part: "upgrade" }),
    journal: store.journal,
    backups: ports.backups,
    inventory,
    trust: link.trust,
    siteTime: link.time,
    cache,
    probe: ports.probe,
    settings: { ...upgradeSettings(speed), parallelFlashes, parallelUploads, mostJobs },
  });

  const sweeping = new AbortController();
  let sweeps = Promise.resolve();
  return {
    inventory,
    jobs,
    discovery,
    start() {
      jobs.start();
      link.start({ jobs, inventory, cache });
      sweeps = discovery.run(sweeping.signal);
    },
    async stop() {
      sweeping.abort();
      await Promise.all([jobs.stop(), link.stop(), sweeps]);
    },
  };
}
