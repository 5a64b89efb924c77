import { between, pick, seededRandom, type Random } from "@fyr/runtime";
import { GENERATION_NAMES, type GenerationName } from "@fyr/simulator";
import { drawFaults, type FaultRates } from "./faults.ts";
import { drawFocused, focusOf } from "./focus.ts";

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
  /** Devices that flash and start as fast as the agent just still sees it: most of a world's work is waiting. */
  readonly brisk: boolean;
  /** How long faults strike, in virtual minutes. */
  readonly stormMinutes: number;
  readonly faults: FaultRates;
  /** The sometimes-property that this world is there for (`leads.ts`); most are there for whatever comes. */
  readonly focus?: string;
}

/** What worlds are drawn for: many of them, each different; or many jobs, which cost less in large ones. */
export type Profile = "seeds" | "fleets";

export function drawOptions(seed: number, profile: Profile = "seeds"): WorldOptions {
  const focus = profile === "seeds" ? focusOf(seed) : null;
  return focus === null ? drawOpen(seed, profile) : drawFor(focus, seed);
}

/** A world that goes for this one thing. */
export const drawFor = (focus: string, seed: number): WorldOptions =>
  drawFocused(seed, focus, seededRandom(`world ${seed}`).split("focus"));

/** A world that goes for nothing. */
export function drawOpen(seed: number, profile: Profile = "seeds"): WorldOptions {
  const random = seededRandom(`world ${seed}`);
  const size = random.split("size");
  if (profile === "fleets") return { ...drawFleet(seed, size), faults: drawFaults(random.split("faults")) };
  const some = GENERATION_NAMES.filter(() => size.next() < 0.5);
  return {
    ...{ seed, ...drawSize(size), stormMinutes: between(size, 2, size.next() < 0.15 ? 20 : 6) },
    generations: some.length > 0 ? some : [pick(size, GENERATION_NAMES)],
    ...{ largeImages: size.next() < 0.3, brisk: size.next() < 0.7 },
    faults: drawFaults(random.split("faults")),
  };
}

/** Mostly one site of a device or two, which is what a fault needs; now and then more, for what only happens between. */
function drawSize(size: Random): Pick<WorldOptions, "organisations" | "agents" | "devices"> {
  const share = size.next();
  if (share < 0.55) return { organisations: 1, agents: 1, devices: between(size, 1, 2) };
  if (share < 0.8) return { organisations: 2, agents: 1, devices: 1 };
  if (share < 0.95) return { organisations: between(size, 1, 2), agents: 1, devices: between(size, 2, 4) };
  return { organisations: between(size, 1, 2), agents: 2, devices: between(size, 1, 3) };
}

/** Sites as large as many customers have, of every generation, in a storm that is short and dense. */
const drawFleet = (seed: number, size: Random): Omit<WorldOptions, "faults"> => ({
  ...{ seed, organisations: 2, generations: GENERATION_NAMES, largeImages: size.next() < 0.1 },
  brisk: size.next() < 0.9,
  agents: between(size, 1, 2),
  devices: between(size, 10, 20),
  stormMinutes: between(size, 4, 8),
});

/** One line that says which world it was, and brings it back with `npm run world -- --options`. */
export const optionsLine = (options: WorldOptions): string => JSON.stringify(options);
