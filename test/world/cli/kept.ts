import { readFile, writeFile } from "node:fs/promises";
import type { WorldOptions } from "../options.ts";
import type { Failure } from "./shrink.ts";

/** A world in which something once was wrong, and is no more: it is run before any other. */
export interface KeptWorld {
  readonly options: WorldOptions;
  /** What was broken in it. */
  readonly invariant: string;
  /** Why, in one sentence. */
  readonly cause: string;
}

const FILE = new URL("../kept-seeds.json", import.meta.url);

export const keptWorlds = async (): Promise<KeptWorld[]> =>
  JSON.parse(await readFile(FILE, "utf8")) as KeptWorld[];

export const keptOf = ({ options, wrong }: Failure, cause: string): KeptWorld => ({
  ...{ options, invariant: wrong.invariant, cause },
});

/** As it stands in the list. */
export const entryOf = (kept: KeptWorld): string => JSON.stringify(kept);

export async function keep(kept: KeptWorld): Promise<void> {
  const all = [...(await keptWorlds()), kept];
  await writeFile(FILE, `[\n${all.map((one) => `  ${entryOf(one)}`).join(",\n")}\n]\n`);
}
