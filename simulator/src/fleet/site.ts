import { seededRandom } from "@fyr/runtime";
import { modelOf } from "../device/catalogue.ts";
import type { Blueprint } from "../device/device.ts";
import { demandLoopback, fromNumber, toNumber } from "../loopback.ts";
import { GENERATION_NAMES, MIX, type GenerationName, type MixRow } from "./mix.ts";

export interface SiteOptions {
  readonly devices: number;
  /** The same seed gives the same site, to the last serial. */
  readonly seed: string;
  /** Address of the first device; each further one has the next. */
  readonly firstAddress?: string;
  /** Divides the time that flashing and booting take; 1 is life-like. */
  readonly speed?: number;
  /** Taken in turn; all of them when left out. */
  readonly generations?: readonly GenerationName[];
}

/** Devices as a plan: nothing of it is alive, and a device costs nothing until it is asked for. */
export interface Site {
  readonly seed: string;
  readonly size: number;
  readonly speed: number;
  readonly generations: readonly GenerationName[];
  readonly firstAddress: string;
  readonly lastAddress: string;
  blueprint(index: number): SiteDevice;
  /** Place of the device at an address; undefined when it is none of this site. */
  indexAt(address: string): number | undefined;
  indexOf(serial: string): number | undefined;
}

export interface SiteDevice extends Blueprint {
  readonly generation: GenerationName;
  /** The older AXIS OS of its product. */
  readonly from: string;
  /** The AXIS OS that this site has an image of for it; equal to `version` for some. */
  readonly target: string;
}

const OUIS: Readonly<Record<GenerationName, string>> = {
  "5.51": "00408C",
  "9.80": "ACCC8E",
  "10.12": "ACCC8E",
  "11.11": "B8A44F",
  "12": "B8A44F",
  "13": "E82725",
};

const SERIALS_PER_OUI = 2 ** 24;

/**
 * A site of `devices` devices, its generations in turn.
 *
 * @throws ConfigError when an address would fall outside 127.0.0.0/8
 */
export function makeSite(options: SiteOptions): Site {
  const { devices, seed, firstAddress = "127.20.0.1", speed = 1, generations = GENERATION_NAMES } = options;
  const first = toNumber(demandLoopback(firstAddress));
  const lastAddress = demandLoopback(fromNumber(first + Math.max(0, devices - 1)));
  const random = seededRandom(`site/${seed}`);
  const serialBase = Math.floor(random.split("serials").next() * SERIALS_PER_OUI);
  const serialTail = (index: number) =>
    ((serialBase + index) % SERIALS_PER_OUI).toString(16).toUpperCase().padStart(6, "0");
  const generationAt = (index: number) => generations[index % generations.length] ?? "12";
  return {
    seed,
    size: devices,
    speed,
    generations,
    firstAddress,
    lastAddress,
    blueprint(index) {
      const generation = generationAt(index);
      const rows: readonly MixRow[] = MIX[generation];
      const round = Math.floor(index / generations.length);
      const { hardwareId, from, to } = rows[round % rows.length] as MixRow;
      const chance = random.split(`device/${index}`);
      const current = round > 0 && chance.next() < 0.25; // the first of each generation has something to gain
      return {
        generation,
        identity: {
          serial: `${OUIS[generation]}${serialTail(index)}`,
          model: modelOf(hardwareId),
          address: fromNumber(first + index),
        },
        version: current ? to : from,
        from,
        target: to,
        dropsOnFlash: generation === "5.51" && chance.next() < 0.3,
      };
    },
    indexAt(address) {
      const index = toNumber(address) - first;
      return index >= 0 && index < devices ? index : undefined;
    },
    indexOf(serial) {
      const tail = Number.parseInt(serial.slice(6), 16);
      const index = (tail - serialBase + SERIALS_PER_OUI) % SERIALS_PER_OUI;
      return index < devices && serial.startsWith(OUIS[generationAt(index)]) ? index : undefined;
    },
  };
}
