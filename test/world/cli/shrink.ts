import { FAULTS, type FaultName } from "../faults.ts";
import type { WorldOptions } from "../options.ts";

/** What is looked at of a world that went wrong. */
export interface Failure {
  readonly options: WorldOptions;
  /** Of the first thing that was wrong. */
  readonly wrong: { readonly invariant: string; readonly step: number; readonly atMs: number };
}

/** Runs one world; null when nothing was wrong in it. */
export type TryWorld = (options: WorldOptions) => Promise<Failure | null>;

export interface Shrinking {
  readonly tryWorld: TryWorld;
  /** Worlds that may be tried side by side. */
  readonly width: number;
  /** Of worlds, in all. */
  readonly mostRuns: number;
}

/** A smaller world draws other chances: so many seeds are tried before it counts as sound. */
const SEEDS_TO_TRY = 4;
/** And so many in the end, for one that fails sooner. */
const SEEDS_AT_LAST = 24;

/**
 * Makes a failing world smaller, as long as the same invariant breaks in no more steps: with one thing less, then with
 * another, until nothing more can be left out or so many worlds were tried.
 */
export async function shrink(failure: Failure, { tryWorld, width, mostRuns }: Shrinking): Promise<Failure> {
  let best = failure;
  let runs = 0;

  const isBetter = (found: Failure | null): found is Failure =>
    found?.wrong.invariant === best.wrong.invariant && found.wrong.step <= best.wrong.step;

  /** The first of these worlds that still fails so; they are tried side by side, and judged in their order. */
  async function firstFailing(worlds: readonly WorldOptions[]): Promise<Failure | null> {
    for (let at = 0; at < worlds.length && runs < mostRuns; at += width) {
      const some = worlds.slice(at, at + width);
      runs += some.length;
      const found = (await Promise.all(some.map(tryWorld))).find(isBetter);
      if (found) return found;
    }
    return null;
  }

  async function simplify(): Promise<boolean> {
    for (const smaller of smallerThan(best)) {
      const found = await firstFailing(seeds(smaller, smaller.seed, SEEDS_TO_TRY));
      if (!found) continue;
      best = found;
      return true;
    }
    return false;
  }

  while (runs < mostRuns && (await simplify())) continue;
  const others = seeds(best.options, best.options.seed + 1, SEEDS_AT_LAST);
  for (let found = await firstFailing(others); found && found.wrong.step < best.wrong.step;) {
    best = found;
    found = await firstFailing(others.filter(({ seed }) => seed > best.options.seed));
  }
  return best;
}

const seeds = (options: WorldOptions, from: number, count: number): WorldOptions[] =>
  Array.from({ length: count }, (_, nth) => ({ ...options, seed: from + nth }));

/** Every world that has one thing less, the greatest cuts first. */
function* smallerThan({ options, wrong }: Failure): Generator<WorldOptions> {
  const { focus, ...open } = options;
  const { organisations, agents, devices, generations, largeImages, stormMinutes, faults } = open;
  yield* fewerFaults(options);
  if (focus !== undefined) yield open;
  if (organisations > 1) yield { ...options, organisations: 1 };
  if (agents > 1) yield { ...options, agents: 1 };
  for (const fewer of fewerThan(devices)) yield { ...options, devices: fewer };
  if (generations.length > 1) for (const one of generations) yield { ...options, generations: [one] };
  if (largeImages) yield { ...options, largeImages: false };
  for (const shorter of new Set([1, Math.ceil(stormMinutes / 2), Math.ceil(wrong.atMs / 60_000)]))
    if (shorter < stormMinutes) yield { ...options, stormMinutes: shorter };
  for (const name of Object.keys(faults) as FaultName[])
    if ("times" in FAULTS[name] && (faults[name] ?? 0) > 1)
      yield { ...options, faults: { ...faults, [name]: 1 } };
}

function* fewerFaults(options: WorldOptions): Generator<WorldOptions> {
  const names = Object.keys(options.faults) as FaultName[];
  const keeping = (kept: readonly FaultName[]): WorldOptions => ({
    ...options,
    faults: Object.fromEntries(kept.map((name) => [name, options.faults[name]])),
  });
  const half = Math.ceil(names.length / 2);
  if (names.length > 2) yield* [keeping([]), keeping(names.slice(0, half)), keeping(names.slice(half))];
  for (const without of names) yield keeping(names.filter((name) => name !== without));
}

function* fewerThan(count: number): Generator<number> {
  const tried = new Set([1, Math.floor(count / 2), count - 1]);
  for (const fewer of tried) if (fewer >= 1 && fewer < count) yield fewer;
}
