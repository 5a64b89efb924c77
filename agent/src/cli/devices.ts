import { isFault } from "@fyr/protocol";
import { silentLog } from "@fyr/runtime";
import { createSite } from "../agent.ts";
import type { AgentConfig } from "../config.ts";
import { ownAddresses, tcpKnock } from "../discovery/index.ts";
import type { Identity } from "../link/identity.ts";
import type { KnownDevice } from "../ports.ts";
import { memoryDisk, openStore, type Store } from "../store/index.ts";
import { nodeWire } from "../vapix/index.ts";
import { demandIdentity, openBesideAgent, openOwnVault, takeFolder } from "./folder.ts";
import type { Machine } from "./machine.ts";

/** Reads the devices of `store`, or finds them into it; logins come from the agent's own vault. */
async function siteIn(
  machine: Machine,
  config: AgentConfig,
  { identity, own, store = own }: { identity: Identity; own: Store; store?: Store },
) {
  const { clock, random } = machine;
  const logins = await openOwnVault(machine, config, { store: own, identity, log: silentLog });
  const devices = { wire: nodeWire(clock), knock: tcpKnock(clock), ownAddresses };
  return createSite({ clock, random, log: silentLog, store, logins, devices }, config);
}

function show(machine: Machine, devices: readonly KnownDevice[], json: boolean): void {
  if (json) return machine.print(JSON.stringify(devices));
  for (const { serial, model, version, scheme, host, ports, trouble } of devices) {
    const port = scheme === "https" ? ports.https : ports.http;
    machine.print(
      [serial, model.padEnd(16), version.padEnd(14), `${scheme}://${host}:${port}`, trouble ?? ""]
        .join("  ")
        .trimEnd(),
    );
  }
  machine.print(`${devices.length} devices`);
}

/** What the agent knows of its devices, without asking any of them. */
export async function showDevices(machine: Machine, config: AgentConfig, json: boolean): Promise<void> {
  const identity = await demandIdentity(machine, config.dataDir);
  const own = openBesideAgent(config);
  try {
    const { inventory } = await siteIn(machine, config, { identity, own });
    show(machine, inventory.all(), json);
  } finally {
    own.close();
  }
}

/** The folder's own store when no agent runs in it; else what is found is shown and forgotten. */
async function storeForFinds(
  machine: Machine,
  config: AgentConfig,
): Promise<{ finds: Store; free: () => void }> {
  try {
    const free = await takeFolder(machine, config.dataDir);
    return { finds: openBesideAgent(config), free };
  } catch (error) {
    if (!isFault(error, "INSTANCE_RUNNING")) throw error;
    return { finds: openStore(memoryDisk()), free: () => {} };
  }
}

/** Looks once through all ranges, now. */
export async function discoverDevices(machine: Machine, config: AgentConfig, json: boolean): Promise<void> {
  const identity = await demandIdentity(machine, config.dataDir);
  const own = openBesideAgent(config);
  const { finds, free } = await storeForFinds(machine, config);
  try {
    const { inventory, discovery } = await siteIn(machine, config, { identity, own, store: finds });
    if (config.ranges.length === 0) machine.print("No ranges are named: set `ranges` in agent.yaml.");
    await discovery.sweep(new AbortController().signal);
    show(machine, inventory.all(), json);
  } finally {
    finds.close();
    own.close();
    free();
  }
}
