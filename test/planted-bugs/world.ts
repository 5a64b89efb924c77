import { inCopy } from "./suite.ts";

/** A world that went wrong. */
export interface BrokenWorld {
  readonly seed: number;
  /** What it breaks, by the names that the world gives. */
  readonly invariants: readonly string[];
  readonly what: string;
}

const BROKEN = /^Seed (\d+) breaks ([A-Z]\d+(?: [A-Z]\d+)*) .*\n(.*)$/gm;

export interface Seeds {
  readonly from: number;
  readonly seeds: number;
  /** To the last one, whatever goes wrong. */
  readonly keepGoing?: boolean;
}

/** Runs worlds of a copy, until one goes wrong; a single one without those that are always run first. */
export async function runSeeds(
  folder: string,
  { from, seeds, keepGoing = false }: Seeds,
): Promise<{ broken: BrokenWorld[]; said: string }> {
  const { said } = await inCopy(folder, [
    ...["--conditions=source", "--import", "tsx", "test/world/main.ts"],
    ...(seeds === 1 ? ["--options", JSON.stringify({ seed: from })] : ["--from", String(from)]),
    ...["--seeds", String(seeds), "--workers", "1", "--no-shrink"],
    ...(keepGoing ? ["--keep-going"] : []),
  ]);
  const broken = [...said.matchAll(BROKEN)].map(([, seed, names = "", what = ""]) => ({
    ...{ seed: Number(seed), invariants: names.split(" "), what: what.trim() },
  }));
  return { broken, said };
}
