import { KILL_POINTS } from "@fyr/agent/testing";
import { pick, type Random } from "@fyr/runtime";
import { GENERATION_NAMES } from "@fyr/simulator";
import type { World, WorldAgent } from "./cast.ts";
import { leadTo, pointOf, RARE, type Scene } from "./leads.ts";
import type { WorldOptions } from "./options.ts";
import type { People } from "./people.ts";

/** One seed in so many goes for one thing that hardly ever happens by chance. */
const ONE_IN = 4;

/** What is gone for, in turn: twice and more in every thousand seeds. */
const AIMS: readonly string[] = [...KILL_POINTS.map((point) => `ended at ${point}`), ...RARE];

/** What this seed goes for; null for most, which take whatever comes. */
export const focusOf = (seed: number): string | null =>
  seed % ONE_IN > 0 ? null : (AIMS[(seed / ONE_IN) % AIMS.length] ?? null);

/** A small world that leads to one sometimes-property and has little else in its way. */
export function drawFocused(seed: number, focus: string, luck: Random): WorldOptions {
  const { generations = GENERATION_NAMES, largeImages = false, faults } = leadTo(focus);
  const end = Math.floor(seed / ONE_IN / AIMS.length) % 2 > 0 ? "agentCutAtPoint" : "agentKilledAtPoint";
  return {
    ...{ seed, focus, organisations: 1, agents: 1, devices: 1 },
    generations: [pick(luck, generations)],
    ...{ largeImages, brisk: true, stormMinutes: 10 },
    faults: { ...faults, ...(pointOf(focus) !== null && { [end]: 1 }) },
  };
}

/** Brings about what leads to the focus of a world, before anything else begins. */
export function lead(world: World, people: People): void {
  const { focus } = world.stage.options;
  if (focus === undefined) return;
  const { troubles = [], turns = {} } = leadTo(focus);
  for (const { site } of world.agents)
    for (const { serial } of site.truth()) for (const trouble of troubles) site.place(serial, trouble);
  const left = new Map(Object.entries(turns));
  world.endsAt = (agent, point) => {
    const turn = world.stage.isStorm() ? left.get(point) : undefined;
    left.delete(point);
    return turn?.(sceneOf(world, people, agent)) === true;
  };
}

const sceneOf = (world: World, people: People, agent: WorldAgent): Scene => ({
  ...{ world, people, agent },
  after: (seconds, act) => void world.stage.time.after(1_000 * seconds, act),
});
