import { openCrew } from "../world/cli/crew.ts";
import { drawOptions } from "../world/options.ts";
import { absolute, type Benchmark } from "./figure.ts";

const SEEDS_PER_ROUND = 60;
/** Far from those that the tests run. */
const FIRST = 500_001;
const MINUTE_MS = 60_000;

export const benchmark: Benchmark = {
  id: "P16",
  title: "the world, by the CPU time of one process that runs it",
  async run(rounds) {
    const crew = openCrew({ workers: 1 });
    const perMinute: number[] = [];
    try {
      // The first round, in which code is loaded and compiled, does not count.
      for (let round = 0; round <= rounds; round++) {
        let cpuMs = 0;
        for (let nth = 0; nth < SEEDS_PER_ROUND; nth++) {
          const outcome = await crew.run(drawOptions(FIRST + round * SEEDS_PER_ROUND + nth));
          if (outcome.wrong) throw new Error(`seed ${outcome.options.seed}: ${outcome.wrong.what}`);
          cpuMs += outcome.cpuMs;
        }
        if (round > 0) perMinute.push(SEEDS_PER_ROUND / (cpuMs / MINUTE_MS));
      }
    } finally {
      await crew.close();
    }
    return [absolute("P16", "whole worlds per core", "seeds/min", perMinute, { atLeast: 1_500 })];
  },
};
