import type { DeviceReport, Serial } from "@fyr/protocol";
import type { Cancel, Clock, Logger } from "@fyr/runtime";
import type { DiscoveryFinds, Sighting } from "../discovery/index.ts";
import type { Inventory, KnownDevice, Reading, StateStore } from "../ports.ts";
import { createCamera, type CameraPorts, type Target } from "../vapix/index.ts";
import type { Login, Logins } from "../vault/login.ts";
import { isStranger, noted, placed } from "./from-reading.ts";
import { hubView } from "./hub-view.ts";
import { deviceShelf } from "./known-device.ts";
import { reportOf } from "./report.ts";
import { sweepMemory } from "./sweeps.ts";

export interface InventoryPorts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** How devices are spoken to; its wire must be the one that keeps to the site's addresses. */
  readonly camera: CameraPorts;
  readonly logins: Logins;
  /** The group of credentials that an address belongs to. */
  readonly groupOf: (host: string) => string | null;
  /** A device is not where it was: somebody should look around. */
  readonly onMissed: () => void;
}

export interface SiteInventory extends Inventory {
  /** The side that discovery talks to. */
  readonly finds: DiscoveryFinds;
}

/** A device that stays as it is is reported as seen this often, so that a quiet site has nothing to say. */
const SEEN_EVERY_MS = 3_600_000;

const sameButSeen = (a: KnownDevice, b: KnownDevice): boolean =>
  JSON.stringify({ ...a, seenAt: 0 }) === JSON.stringify({ ...b, seenAt: 0 });

/** The devices of the site: what discovery met, and what every look at one of them told. */
export function createInventory(ports: InventoryPorts): SiteInventory {
  const { clock, log } = ports;
  const shelf = deviceShelf(ports.store);
  const memory = sweepMemory(clock);
  const listeners = new Set<() => void>();
  let reports: ReadonlyMap<Serial, DeviceReport> | undefined;
  const view = hubView(ports.store, () => {
    reports ??= new Map(shelf.all().map((device) => [device.serial, reportOf(device)]));
    return reports;
  });
  const wall = () => Math.trunc(clock.wall());

  const changed = () => {
    reports = undefined;
    for (const listener of [...listeners]) listener();
  };

  /** Keeps a device as it is now; writes and tells only what is new. */
  const keep = (device: KnownDevice) => {
    const { serial, host, trouble, seenAt } = device;
    const before = shelf.find(serial);
    if (before && sameButSeen(before, device) && seenAt - before.seenAt < SEEN_EVERY_MS) return;
    if (!before) log.info({ serial, host, model: device.model, version: device.version }, "device found");
    else if (before.host !== host) log.info({ serial, from: before.host, to: host }, "device moved");
    if (before?.trouble !== trouble) log.info({ serial, trouble }, "device standing");
    shelf.put(device);
    changed();
  };

  const loginOf = ({ serial, host }: Pick<KnownDevice, "serial" | "host">): Login | null =>
    ports.logins.loginFor(serial, ports.groupOf(host));

  const targetOf = (device: KnownDevice): Target => {
    const { serial, host, ports } = shelf.find(device.serial) ?? device;
    return { serial, host, ports, login: loginOf({ serial, host }) };
  };

  const take = (device: KnownDevice, reading: Reading) => {
    memory.looked(device.serial);
    if (!reading.answers || isStranger(device, reading)) ports.onMissed();
    else memory.answered(device.serial);
    keep(noted(device, reading, loginOf(device) !== null, wall()));
  };

  const provesKey = (serial: Serial, key: string | null): boolean | null => {
    const pinned = ports.camera.pins.pinned(serial);
    return pinned === null ? null : pinned === key;
  };

  async function met(sighting: Sighting, signal: AbortSignal): Promise<void> {
    const before = shelf.find(sighting.serial);
    const proved = provesKey(sighting.serial, sighting.key);
    const device = placed(before, sighting, proved, wall());
    memory.answered(device.serial);
    if (!memory.wantsLook(before, device, proved)) return keep(device);
    const { serial, host, ports: at } = device;
    const target = { serial, host, ports: at, login: loginOf(device) };
    take(device, await createCamera(ports.camera, () => target).look(signal));
  }

  function miss(device: KnownDevice): void {
    const fate = memory.missed(device);
    if (fate === "unreachable") keep({ ...device, trouble: "unreachable" });
    if (fate !== "forgotten") return;
    log.info({ serial: device.serial }, "device forgotten");
    shelf.remove(device.serial);
    changed();
  }

  return {
    all: shelf.all,
    find: shelf.find,
    camera: (device) => createCamera(ports.camera, () => targetOf(device)),
    note(serial, reading) {
      const device = shelf.find(serial);
      if (device) take(device, reading);
    },
    ...view,
    report: reportOf,
    onChange(listener): Cancel {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    finds: {
      hostOf: (serial) => shelf.find(serial)?.host ?? null,
      provesKey,
      met,
      swept(seen) {
        for (const device of shelf.all()) if (!seen.has(device.serial)) miss(device);
      },
    },
  };
}
