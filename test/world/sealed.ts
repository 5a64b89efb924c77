import { blankHubImage } from "@fyr/hub/testing";
import type { World } from "./cast.ts";
import { blankAgentImage } from "./disk/index.ts";
import { library } from "./images.ts";
import type { WorldOptions } from "./options.ts";
import { runWorld, type Verdict } from "./run.ts";
import { seal } from "./seal.ts";
import type { Judge } from "./witness.ts";

/** One world of every kind of part, in peace: what modules load late, they load in it. */
const REHEARSAL: WorldOptions = {
  ...{ seed: 0, organisations: 2, agents: 1, devices: 2, generations: ["11.11"] },
  ...{ largeImages: false, brisk: true, stormMinutes: 4, faults: { renewalDue: 1, agentCut: 1, hubCut: 1 } },
};

let rehearsed: Promise<unknown> | undefined;

/** What worlds need of the machine is brought before they run: modules, images, empty databases. */
async function rehearse(): Promise<void> {
  blankAgentImage();
  await Promise.all([library(true), library(false), blankHubImage()]);
  await runWorld(REHEARSAL);
}

/**
 * Runs a world with the real clock, chance, disk and network closed to it: what it reached for is its accusation, before
 * any other. As `runWorld` otherwise.
 */
export async function runSealed(
  options: WorldOptions,
  onLine?: (line: string) => void,
  moreJudges: readonly ((world: World) => Judge)[] = [],
): Promise<Verdict> {
  await (rehearsed ??= rehearse());
  const open = seal();
  let verdict: Verdict;
  try {
    verdict = await runWorld(options, onLine, moreJudges);
  } catch (error) {
    verdict = unfinished(options, (error as Error).stack ?? String(error));
  }
  try {
    open();
    return verdict;
  } catch (error) {
    return { ...verdict, wrong: { invariant: "X15", what: (error as Error).message, step: 0, atMs: 0 } };
  }
}

/** Of a world that could not be run to its end. */
export const unfinished = (options: WorldOptions, what: string): Verdict => ({
  ...{ options, hash: "", steps: 0, virtualMs: 0, jobs: 0, uploads: 0, lastLines: [] },
  ...{ wrong: { invariant: "X0", what, step: 0, atMs: 0 }, faults: new Map(), seen: new Map() },
});
