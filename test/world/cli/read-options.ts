import { GENERATION_NAMES } from "@fyr/simulator";
import { z } from "zod";
import { FAULT_NAMES } from "../faults.ts";
import { SOMETIMES } from "../sometimes.ts";
import { drawFor, drawOpen, drawOptions, type WorldOptions } from "../options.ts";

const Given = z.strictObject({
  seed: z.int().min(0),
  organisations: z.int().min(1).optional(),
  agents: z.int().min(1).optional(),
  devices: z.int().min(1).optional(),
  generations: z.array(z.enum(GENERATION_NAMES)).min(1).optional(),
  largeImages: z.boolean().optional(),
  brisk: z.boolean().optional(),
  stormMinutes: z.number().min(0).optional(),
  faults: z.partialRecord(z.enum(FAULT_NAMES as [string, ...string[]]), z.number().min(0)).optional(),
  focus: z.enum(Object.keys(SOMETIMES) as [string, ...string[]]).optional(),
});

/**
 * A world as somebody typed it; what they left out is drawn by its seed.
 *
 * @throws Error that names what does not fit
 */
export function readOptions(text: string): WorldOptions {
  const { data, error } = Given.safeParse(JSON.parse(text));
  if (error) throw new Error(z.prettifyError(error));
  const given = data as Partial<WorldOptions> & { seed: number };
  return { ...drawnFor(given), ...given };
}

/** A seed alone is the world of that seed; what is put together by hand goes only for what it names. */
function drawnFor({ seed, focus, ...others }: Partial<WorldOptions> & { seed: number }): WorldOptions {
  if (focus !== undefined) return drawFor(focus, seed);
  return Object.keys(others).length === 0 ? drawOptions(seed) : drawOpen(seed);
}
