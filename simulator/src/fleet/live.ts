import { seededRandom, type Clock } from "@fyr/runtime";
import { createDevice, initialState, type Device } from "../device/device.ts";
import type { FaultInput } from "../device/faults/spec.ts";
import type { Timing } from "../device/timing.ts";
import { forgetful, type Keeper } from "./keeper.ts";
import type { Site } from "./site.ts";
import { truthOf, type DeviceTruth } from "./truth.ts";

export interface LivePorts {
  readonly clock: Clock;
  readonly keeper?: Keeper;
  readonly timing?: Timing;
  /** Told of what broke inside a request. */
  readonly broke?: (serial: string, error: unknown) => void;
}

/** A site whose devices live, without sockets: what the listeners, the truth API and the world stand on. */
export interface LiveSite {
  readonly site: Site;
  /** Brings the device at an address to life when it is first asked for. */
  deviceAt(address: string): Device | undefined;
  /** @throws Error when the site has no such device */
  device(serial: string): Device;
  /** Of one device, or of all in the order of their addresses. */
  truth(serial: string): DeviceTruth;
  truth(): DeviceTruth[];
  place(serial: string, fault: FaultInput): void;
  cutPower(serial: string): void;
  restorePower(serial: string): void;
  /** Stops all timers; resolves when every state is kept. */
  stop(): Promise<void>;
}

/** Opens a site; devices that were kept go on where they stood, as if the power had stayed on. */
export async function openSite(site: Site, ports: LivePorts): Promise<LiveSite> {
  const { clock, keeper = forgetful, timing, broke } = ports;
  const alive = new Map<number, Device>();
  const randomOf = (serial: string) => seededRandom(`${site.seed}/${serial}`);

  const wake = (index: number, kept?: Device["state"]): Device => {
    const blueprint = site.blueprint(index);
    const { serial } = blueprint.identity;
    const devicePorts = {
      clock,
      random: randomOf(serial),
      speed: site.speed,
      changed: (state: Device["state"]) => keeper.save(serial, state),
      ...(timing && { timing }),
      ...(broke && { broke: (error: unknown) => broke(serial, error) }),
    };
    const device = createDevice(blueprint, devicePorts, kept);
    alive.set(index, device);
    return device;
  };
  const at = (index: number): Device => alive.get(index) ?? wake(index);

  const indexOf = (serial: string): number => {
    const index = site.indexOf(serial);
    if (index === undefined) throw new Error(`the site has no device ${serial}`);
    return index;
  };

  /** A device that nobody has spoken to is still as it was made, and need not be woken to say so. */
  const truthAt = (index: number): DeviceTruth => {
    const blueprint = site.blueprint(index);
    const random = randomOf(blueprint.identity.serial);
    return truthOf(blueprint, alive.get(index)?.state ?? initialState(blueprint, random, clock.wall()));
  };
  function truth(serial: string): DeviceTruth;
  function truth(): DeviceTruth[];
  function truth(serial?: string): DeviceTruth | DeviceTruth[] {
    if (serial !== undefined) return truthAt(indexOf(serial));
    return Array.from({ length: site.size }, (_, index) => truthAt(index));
  }

  for (const [serial, state] of await keeper.load()) wake(indexOf(serial), state);
  return {
    site,
    deviceAt(address) {
      const index = site.indexAt(address);
      return index === undefined ? undefined : at(index);
    },
    device: (serial) => at(indexOf(serial)),
    truth,
    place: (serial, fault) => at(indexOf(serial)).faults.place(fault),
    cutPower: (serial) => at(indexOf(serial)).life.cutPower(),
    restorePower: (serial) => at(indexOf(serial)).life.restorePower(),
    async stop() {
      for (const device of alive.values()) device.life.stop();
      await keeper.flush();
    },
  };
}
