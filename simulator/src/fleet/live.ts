import { seededRandom, type Clock } from "@fyr/runtime";
import { createDevice, initialState, type Device, type DevicePorts } from "../device/device.ts";
import type { FaultInput } from "../device/faults/spec.ts";
import type { DeviceState } from "../device/state.ts";
import type { Timing } from "../device/timing.ts";
import { dormitory } from "./dormitory.ts";
import { forgetful, type Keeper } from "./keeper.ts";
import type { Site } from "./site.ts";
import { truthOf, type DeviceTruth } from "./truth.ts";

export interface LivePorts {
  readonly clock: Clock;
  readonly keeper?: Keeper;
  readonly timing?: Timing;
  /** When the site was made, in milliseconds since 1970; now, when left out. */
  readonly madeMs?: number;
  /** Told of what broke inside a request. */
  readonly broke?: (serial: string, error: unknown) => void;
}

/** A site whose devices live, without sockets: what the listeners, the truth API and the world stand on. */
export interface LiveSite {
  readonly site: Site;
  /** The device at an address, woken when it sleeps; to be asked for anew at each use. */
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
  const { clock, keeper = forgetful, madeMs = clock.wall() } = ports;
  const indexOf = (serial: string): number => {
    const index = site.indexOf(serial);
    if (index === undefined) throw new Error(`the site has no device ${serial}`);
    return index;
  };
  const randomOf = (serial: string) => seededRandom(`${site.seed}/${serial}`);
  const firstState = (index: number): DeviceState => {
    const blueprint = site.blueprint(index);
    return initialState(blueprint, randomOf(blueprint.identity.serial), madeMs);
  };
  const wake = (
    index: number,
    state: DeviceState | undefined,
    changed: (now: DeviceState) => void,
  ): Device => {
    const blueprint = site.blueprint(index);
    const { serial } = blueprint.identity;
    const keep = (now: DeviceState) => {
      changed(now);
      keeper.save(serial, now);
    };
    return createDevice(blueprint, devicePorts(site, ports, serial, keep), state ?? firstState(index));
  };

  const kept = [...(await keeper.load())].map(([serial, state]) => [indexOf(serial), state] as const);
  const devices = dormitory(wake, new Map(kept));
  const device = (serial: string) => devices.keptAt(indexOf(serial));
  const truthAt = (index: number) =>
    truthOf(site.blueprint(index), devices.stateOf(index) ?? firstState(index));
  function truth(serial: string): DeviceTruth;
  function truth(): DeviceTruth[];
  function truth(serial?: string): DeviceTruth | DeviceTruth[] {
    if (serial !== undefined) return truthAt(indexOf(serial));
    return Array.from({ length: site.size }, (_, index) => truthAt(index));
  }

  return {
    site,
    deviceAt(address) {
      const index = site.indexAt(address);
      return index === undefined ? undefined : devices.at(index);
    },
    device,
    truth,
    place: (serial, fault) => device(serial).faults.place(fault),
    cutPower: (serial) => device(serial).life.cutPower(),
    restorePower: (serial) => device(serial).life.restorePower(),
    async stop() {
      for (const one of devices.awake()) one.life.stop();
      await keeper.flush();
    },
  };
}

function devicePorts(
  { seed, speed }: Site,
  { clock, timing, broke }: LivePorts,
  serial: string,
  changed: (state: DeviceState) => void,
): DevicePorts {
  return {
    clock,
    random: seededRandom(`${seed}/${serial}`),
    speed,
    changed,
    ...(timing && { timing }),
    ...(broke && { broke: (error: unknown) => broke(serial, error) }),
  };
}
