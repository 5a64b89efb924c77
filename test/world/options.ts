import { between, pick, seededRandom } from "@fyr/runtime";
import { GENERATION_NAMES, type GenerationName } from "@fyr/simulator";
import { drawFaults, type FaultRates } from "./faults.ts";

/** Everything that makes one world differ from another; the seed draws it, and a shrunken world has less of it. */
export interface WorldOptions {
  readonly seed: number;
  readonly organisations: number;
  /** Agents of each organisation. */
  readonly agents: number;
  /** Devices of each agent. */
  readonly devices: number;
  readonly generations: readonly GenerationName[];
  /** Images with a part that may be broken off before the piece that is sent last. */
  readonly largeImages: boolean;
  /** How long faults strike, in virtual minutes. */
  readonly stormMinutes: number;
  readonly faults: FaultRates;
}

export function drawOptions(seed: number): WorldOptions {
  const random = seededRandom(`world ${seed}`);
  const size = random.split("size");
  const generations = GENERATION_NAMES.filter(() => size.next() < 0.5);
  return {
    seed,
    organisations: between(size, 1, 2),
    agents: between(size, 1, 2),
    devices: between(size, 1, 4),
    generations: generations.length > 0 ? generations : [pick(size, GENERATION_NAMES)],
    largeImages: size.next() < 0.3,
    stormMinutes: between(size, 4, 20),
    faults: drawFaults(random.split("faults")),
  };
}

/** One line that says which world it was, and brings it back with `npm run world -- --options`. */
export const optionsLine = (options: WorldOptions): string => JSON.stringify(options);
