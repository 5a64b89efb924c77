import { afterAll, beforeAll, expect, test } from "vitest";
import { each, runCampaign } from "./cli/campaign.ts";
import { openCrew, type Crew } from "./cli/crew.ts";
import { keptWorlds } from "./cli/kept.ts";
import { failureText, totals } from "./cli/report.ts";
import { Tally, WORLDS_FOR_EVERYTHING } from "./cli/tally.ts";
import { drawOptions, type WorldOptions } from "./options.ts";

const long = process.env["FYR_LONG"] === "1";

/** Of both halves together, from a base that is fixed: what is green stays green until something is changed. */
const SEEDS = long ? 100_000 : 2_000;
const BASE = 1;
const PATIENCE_MS = long ? 6 * 3_600_000 : 900_000;

/**
 * Declares the tests of one half of the worlds. There are two files of them because vitest gives each of its two workers
 * one file: each waits for one process that runs worlds, so that all of the tests together never want a third core.
 */
export function worldsOfHalf(half: 0 | 1): void {
  let crew: Crew;
  beforeAll(() => void (crew = openCrew({ workers: 1 })));
  afterAll(() => crew.close());

  async function run(worlds: readonly WorldOptions[]): Promise<Tally> {
    const tally = new Tally();
    await runCampaign({ crew, tally, next: each(worlds), isStubborn: false });
    return tally;
  }
  const wrongIn = async ({ failures: [first] }: Tally) => (first ? await failureText(first, 200) : "");

  test(
    "what once was wrong is not wrong again",
    async () => {
      const kept = (await keptWorlds()).filter((_, nth) => nth % 2 === half);
      expect(await wrongIn(await run(kept.map(({ options }) => options)))).toBe("");
    },
    PATIENCE_MS,
  );

  test.each(blocksOf(half))(
    "nothing is wrong in the $size worlds from $from, and what should happen sometimes does",
    async ({ from, size }) => {
      const tally = await run(Array.from({ length: size }, (_, nth) => drawOptions(from + nth)));
      console.log(`from ${from}: ${totals(tally)}`);
      expect(await wrongIn(tally)).toBe("");
      expect(tally.unfired()).toEqual([]);
      expect(tally.unseen()).toEqual([]);
    },
    PATIENCE_MS,
  );
}

/** Seeds in a row, as few as everything that can happen has to happen in. */
function blocksOf(half: 0 | 1): { from: number; size: number }[] {
  const seeds = SEEDS / 2;
  const count = Math.floor(seeds / WORLDS_FOR_EVERYTHING);
  const size = seeds / count;
  return Array.from({ length: count }, (_, nth) => ({ from: BASE + half * seeds + nth * size, size }));
}
