import { afterAll, beforeAll, expect, test } from "vitest";
import { each, runCampaign } from "./cli/campaign.ts";
import { openCrew, type Crew } from "./cli/crew.ts";
import { keptWorlds } from "./cli/kept.ts";
import { failureText, totals } from "./cli/report.ts";
import { Tally, WORLDS_FOR_EVERYTHING } from "./cli/tally.ts";
import { drawOptions, type WorldOptions } from "./options.ts";

const long = process.env["FYR_LONG"] === "1";

/** Of both halves together, from a base that is fixed: what is green stays green until something is changed. */
const SEEDS = long ? 100_000 : 160;
const BASE = 1;
const PATIENCE_MS = long ? 6 * 3_600_000 : 600_000;

/**
 * Declares the tests of every other world. There are two files of them because vitest gives each of its two workers one
 * file: each waits for one process that runs worlds, so that all of the tests together never want a third core.
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

  test(
    `nothing is wrong in ${SEEDS / 2} worlds, and what should happen sometimes does`,
    async () => {
      const seeds = Array.from({ length: SEEDS / 2 }, (_, nth) => BASE + 2 * nth + half);
      const tally = await run(seeds.map((seed) => drawOptions(seed)));
      console.log(`half ${half + 1}: ${totals(tally)}`);
      expect(await wrongIn(tally)).toBe("");
      if (tally.worlds < WORLDS_FOR_EVERYTHING) return;
      expect(tally.unfired()).toEqual([]);
      expect(tally.unseen()).toEqual([]);
    },
    PATIENCE_MS,
  );
}
