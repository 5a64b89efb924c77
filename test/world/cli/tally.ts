import { FAULT_NAMES } from "../faults.ts";
import { OUT_OF_REACH, SOMETIMES } from "../sometimes.ts";
import type { Outcome } from "./crew.ts";

/** How often something happened, and in how many worlds. */
export interface Hits {
  times: number;
  worlds: number;
}

/** Only so many failures are kept whole, whatever a run finds. */
const MOST_FAILURES = 20;

/** After so many worlds everything that can happen has to have happened. */
export const WORLDS_FOR_EVERYTHING = 1_000;

/** What a run of many worlds comes to; it grows with what can happen, not with the worlds. */
export class Tally {
  worlds = 0;
  jobs = 0;
  uploads = 0;
  steps = 0;
  virtualMs = 0;
  cpuMs = 0;
  failed = 0;
  readonly failures: Outcome[] = [];
  /** Worlds in which this invariant was the first that was broken. */
  readonly broken = new Map<string, number>();
  readonly faults = new Map<string, Hits>();
  readonly seen = new Map<string, Hits>();

  add(outcome: Outcome): void {
    this.worlds++;
    for (const what of ["jobs", "uploads", "steps", "virtualMs", "cpuMs"] as const)
      this[what] += outcome[what];
    count(this.faults, outcome.faults);
    count(this.seen, outcome.seen);
    if (!outcome.wrong) return;
    this.failed++;
    if (this.failures.length < MOST_FAILURES) this.failures.push(outcome);
    for (const number of outcome.wrong.invariant.split(" "))
      this.broken.set(number, (this.broken.get(number) ?? 0) + 1);
  }

  /** Worlds in which one of these invariants was broken. */
  brokenBy(...invariants: readonly string[]): number {
    return invariants.reduce((sum, number) => sum + (this.broken.get(number) ?? 0), 0);
  }

  unfired(): string[] {
    return FAULT_NAMES.filter((name) => !this.faults.has(name));
  }

  unseen(): string[] {
    return Object.keys(SOMETIMES).filter((name) => !this.seen.has(name) && !(name in OUT_OF_REACH));
  }

  /** Whether so many worlds ran that everything should have happened, and something did not. */
  lacksSomething(): boolean {
    return this.worlds >= WORLDS_FOR_EVERYTHING && this.unfired().length + this.unseen().length > 0;
  }
}

function count(hits: Map<string, Hits>, more: ReadonlyMap<string, number>): void {
  for (const [name, times] of more) {
    const before = hits.get(name) ?? { times: 0, worlds: 0 };
    hits.set(name, { times: before.times + times, worlds: before.worlds + 1 });
  }
}
