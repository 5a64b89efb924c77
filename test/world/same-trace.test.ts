import { expect, test } from "vitest";
import { openCrew } from "./cli/crew.ts";
import { drawOptions } from "./options.ts";

const long = process.env["FYR_LONG"] === "1";
const SEEDS = long ? 1_000 : 20;
const FROM = 70_001;
const PATIENCE_MS = long ? 3_600_000 : 300_000;

const worlds = Array.from({ length: SEEDS }, (_, nth) => drawOptions(FROM + nth));

/** The trace of each world, from a process of its own that runs them in this order. */
async function hashes(order: typeof worlds): Promise<Map<number, string>> {
  const crew = openCrew({ workers: 1 });
  try {
    const found = new Map<number, string>();
    for (const options of order) found.set(options.seed, (await crew.run(options)).hash);
    return found;
  } finally {
    await crew.close();
  }
}

test(
  "the same seed gives the same trace in two processes, whatever ran before it",
  async () => {
    const forwards = await hashes(worlds);
    const backwards = await hashes(worlds.toReversed());
    expect(forwards.size).toBe(SEEDS);
    expect(new Set(forwards.values()).size).toBe(SEEDS);
    for (const [seed, hash] of forwards) expect(backwards.get(seed), `seed ${seed}`).toBe(hash);
  },
  PATIENCE_MS,
);
