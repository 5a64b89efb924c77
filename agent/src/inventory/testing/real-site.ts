import { seededRandom, silentLog, systemClock, type Logger } from "@fyr/runtime";
import {
  allowedWire,
  createAddressPolicy,
  createDiscovery,
  siteRange,
  tcpKnock,
  type Discovery,
  type RangeSetting,
} from "../../discovery/index.ts";
import { nodeWire, storedPins, storedRefusals } from "../../vapix/index.ts";
import { memoryStore } from "../../vapix/testing/memory-store.ts";
import type { Login } from "../../vault/login.ts";
import { Secret } from "../../vault/secret.ts";
import { createInventory, type SiteInventory } from "../inventory.ts";

export interface RealSite {
  readonly inventory: SiteInventory;
  readonly discovery: Discovery;
  /** What every device of the site is logged in to with. */
  login: Login | null;
}

/** The devices of some addresses, over real sockets, with nothing on a disk. */
export function realSite(
  ranges: readonly RangeSetting[],
  {
    user = "root",
    password = "pass",
    log = silentLog,
  }: { user?: string; password?: string; log?: Logger } = {},
): RealSite {
  const [clock, store] = [systemClock, memoryStore()];
  const policy = createAddressPolicy(ranges.map(siteRange), () => []);
  const wire = allowedWire(nodeWire(clock), policy);
  const camera = {
    ...{ wire, clock, log, random: seededRandom("real site") },
    pins: storedPins(store, clock),
    refusals: storedRefusals(store, clock),
  };
  const inventory = createInventory({
    ...{ store, clock, log, camera },
    logins: { loginFor: () => site.login },
    groupOf: () => null,
    onMissed: () => {},
  });
  const discovery = createDiscovery(
    { wire, clock, log, policy, knock: tcpKnock(clock), finds: inventory.finds },
    { everyMs: 1_000, concurrency: 10, paceMs: 0 },
  );
  const site: RealSite = {
    inventory,
    discovery,
    login: { user, password: new Secret(password), revision: "1" },
  };
  return site;
}
