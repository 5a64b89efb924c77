import { readdir } from "node:fs/promises";
import type { PlantedBug } from "./bug.ts";

export interface NamedBug extends PlantedBug {
  readonly name: string;
}

/** Every file of `bugs/`, by name. */
export async function keptBugs(): Promise<NamedBug[]> {
  const folder = new URL("bugs/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts")).sort();
  return Promise.all(
    files.map(async (file) => {
      const { bug } = (await import(new URL(file, folder).href)) as { bug: PlantedBug };
      return { name: file.replace(/\.ts$/, ""), ...bug };
    }),
  );
}
