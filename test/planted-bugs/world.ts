import { inCopy } from "./suite.ts";

/** The first of some worlds that went wrong. */
export interface BrokenWorld {
  readonly seed: number;
  /** What it breaks, by the names that the world gives. */
  readonly invariants: readonly string[];
  readonly what: string;
}

const BROKEN = /^Seed (\d+) breaks ([A-Z]\d+(?: [A-Z]\d+)*) .*\n(.*)$/m;

/** Runs worlds of a copy from one seed on, until one goes wrong. */
export async function runSeeds(
  folder: string,
  from: number,
  seeds: number,
): Promise<{ broken: BrokenWorld | null; said: string }> {
  const { said } = await inCopy(folder, [
    ...["--conditions=source", "--import", "tsx", "test/world/main.ts"],
    ...["--from", String(from), "--seeds", String(seeds), "--workers", "1", "--no-shrink"],
  ]);
  const [found, seed, names = "", what = ""] = BROKEN.exec(said) ?? [];
  if (found === undefined) return { broken: null, said };
  return { broken: { seed: Number(seed), invariants: names.split(" "), what: what.trim() }, said };
}
