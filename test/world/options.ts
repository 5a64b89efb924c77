import { between, pick, seededRandom, type Random } from "@fyr/runtime";
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

/** What worlds are drawn for: many of them, each different; or many jobs, which cost less in large ones. */
export type Profile = "seeds" | "fleets";

export function drawOptions(seed: number, profile: Profile = "seeds"): WorldOptions {
  const random = seededRandom(`world ${seed}`);
  const size = random.split("size");
  if (profile === "fleets") return { ...drawFleet(seed, size), faults: drawFaults(random.split("faults")) };
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

/** Sites as large as many customers have, of every generation, in a storm that is short and dense. */
const drawFleet = (seed: number, size: Random): Omit<WorldOptions, "faults"> => ({
  ...{ seed, organisations: 2, generations: GENERATION_NAMES, largeImages: size.next() < 0.1 },
  agents: between(size, 1, 2),
  devices: between(size, 10, 20),
  stormMinutes: between(size, 4, 8),
});

/** One line that says which world it was, and brings it back with `npm run world -- --options`. */
export const optionsLine = (options: WorldOptions): string => JSON.stringify(options);
