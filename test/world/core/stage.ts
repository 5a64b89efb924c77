import { seededRandom, type Random } from "@fyr/runtime";
import type { FaultName } from "../faults.ts";
import type { WorldOptions } from "../options.ts";
import { worldTime, type WorldTime } from "./time.ts";
import { newTrace, type Trace } from "./trace.ts";

/** What every part of one world stands on. */
export interface Stage {
  readonly options: WorldOptions;
  readonly time: WorldTime;
  readonly trace: Trace;
  /** A stream of its own for each part: one more draw in one shifts no other. */
  random(part: string): Random;
  /** Whether a fault of the `each` kind happens on this occasion; counted when it does. */
  strikes(fault: FaultName): boolean;
  /** Counts a fault that took effect. */
  fired(fault: FaultName): void;
  /** Notes that something worth reaching was reached. */
  saw(property: string): void;
  /** Faults end here, for good. */
  heal(): void;
  isStorm(): boolean;
  readonly counts: {
    readonly faults: ReadonlyMap<string, number>;
    readonly seen: ReadonlyMap<string, number>;
  };
  /** What is wrong, found by whoever found it; the first one counts. */
  accuse(invariant: string, what: string): void;
  readonly accusations: readonly Accusation[];
}

export interface Accusation {
  readonly invariant: string;
  readonly what: string;
  readonly step: number;
  readonly atMs: number;
}

export function newStage(options: WorldOptions, onLine?: (line: string) => void): Stage {
  const root = seededRandom(`seed ${options.seed}`);
  const time = worldTime(root.split("order"));
  const trace = newTrace(() => time.now(), onLine);
  const streams = new Map<string, Random>();
  const faults = new Map<string, number>();
  const seen = new Map<string, number>();
  const accusations: Accusation[] = [];
  let storm = true;

  const random = (part: string): Random => {
    const found = streams.get(part) ?? root.split(part);
    streams.set(part, found);
    return found;
  };
  const count = (of: Map<string, number>, name: string) => void of.set(name, (of.get(name) ?? 0) + 1);
  const fired = (fault: FaultName) => {
    count(faults, fault);
    trace.say("fault", fault);
  };
  return {
    ...{ options, time, trace, random, fired, accusations },
    strikes(fault) {
      const chance = options.faults[fault];
      if (!storm || chance === undefined || random(`fault ${fault}`).next() >= chance) return false;
      fired(fault);
      return true;
    },
    saw: (property) => count(seen, property),
    heal: () => void (storm = false),
    isStorm: () => storm,
    counts: { faults, seen },
    accuse(invariant, what) {
      accusations.push({ invariant, what, step: time.steps(), atMs: time.now() });
      trace.say("WRONG", `${invariant}: ${what}`);
    },
  };
}
