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
import { rangesOf } from "./server/recorded.ts";
import type { Jobs, Probe, StateStore } from "./ports.ts";
import {
  createServer,
  type HostProbe,
  type InstallDesk,
  type RecordedDevice,
  type RunningServer,
} from "./server/index.ts";
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
  /** Of a host with an ACS Pro server. */
  readonly server?: ServerHost | null;
  readonly probe: Probe;
}

/** The host of a server: what can be asked of it, and what gets packages onto it. */
export interface ServerHost {
  readonly host: HostProbe;
  readonly desk: InstallDesk;
}

export type AgentSettings = Omit<
  AgentConfig,
  | ("logLevel" | "shutdownGraceMs")
  | ("serverProbe" | "serverRoot" | "serverService" | "serverPublisher" | "serverMsiexec" | "serverOnboards")
> &
  Partial<Pick<AgentConfig, "serverOnboards">>;

export interface Agent {
  readonly inventory: SiteInventory;
  readonly jobs: RunningJobs;
  /** Null on a host without a server. */
  readonly server: RunningServer | null;
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

const NOTHING_RECORDED: readonly RecordedDevice[] = [];

/** The devices of the site and how they are found; needs no hub. */
export function createSite(
  { clock, random, log, store, logins, devices }: SitePorts,
  settings: Pick<AgentSettings, "ranges" | "sweepEveryMs" | "sweepConcurrency" | "sweepPaceMs">,
  recorded: () => readonly RecordedDevice[] = () => NOTHING_RECORDED,
): { inventory: SiteInventory; discovery: Discovery } {
  const policy = createAddressPolicy(
    settings.ranges.map(siteRange),
    devices.ownAddresses,
    rangesOf(recorded),
  );
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
  // The server comes to be after the site; until then, and where there is none, it records nothing.
  const onHost: { server: RunningServer | null } = { server: null };
  const recorded = () =>
    settings.serverOnboards === false ? NOTHING_RECORDED : (onHost.server?.recorded() ?? NOTHING_RECORDED);
  const { inventory, discovery } = createSite(ports, settings, recorded);
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

  const server = (onHost.server = ports.server
    ? createServer(
        {
          ...{ clock, log: log.child({ part: "server" }), state: store.state, siteTime: link.time },
          ...{ trust: link.trust, cache, probe: ports.probe },
        },
        ports.server,
        speed,
      )
    : null);
  const all: Jobs = server ? server.beside(jobs) : jobs;

  const sweeping = new AbortController();
  let sweeps = Promise.resolve();
  return {
    inventory,
    jobs,
    server,
    discovery,
    start() {
      jobs.start();
      server?.start();
      link.start({ jobs: all, inventory, reports: server?.reports, cache });
      sweeps = discovery.run(sweeping.signal);
    },
    async stop() {
      sweeping.abort();
      await Promise.all([jobs.stop(), server?.stop(), link.stop(), sweeps]);
    },
  };
}
