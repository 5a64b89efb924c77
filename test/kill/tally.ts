import { KILL_POINTS } from "@fyr/agent/testing";
import { ROUNDS, type Half, type Shot } from "./shots.ts";
import type { Swept } from "./sweep.ts";
import type { Promised } from "./verdict.ts";

/** Counts what came of the shots of one half. */
export class Tally {
  readonly #swept: (Shot & Swept)[] = [];

  add(shot: Shot, swept: Swept): void {
    this.#swept.push({ ...shot, ...swept });
  }

  #breaches(promised: Promised): number {
    return this.#swept.filter(({ complaints }) => complaints.some(({ of }) => of === promised)).length;
  }

  /** The figures in one line. */
  line(half: Half): string {
    const shots = this.#swept.length;
    const points = new Set(this.#swept.map(({ point }) => point)).size;
    const kills = this.#swept.reduce((sum, swept) => sum + swept.kills, 0);
    const terminal = this.#swept.filter(({ isTerminal }) => isTerminal).length;
    return [
      `kill sweep, half ${half} of 2: ${points} of ${KILL_POINTS.length} points x ${ROUNDS}, ${kills} kills`,
      `${this.#breaches("flashed twice")} flashed twice`,
      `${this.#breaches("lost")} jobs lost`,
      `${terminal} of ${shots} terminal`,
      `${this.#breaches("known") + this.#breaches("true")} unknown or untrue`,
    ].join(", ");
  }
}
