import type { Cancel, Clock } from "@fyr/runtime";
import type { WorldTime } from "./time.ts";

/** Thrown into whatever a process still does after its end. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/**
 * One life of a process. A process in JavaScript cannot be ended from outside, so everything that reaches into it goes
 * through its life: what was not over when the life ended is never heard of again.
 */
export interface Life {
  readonly name: string;
  isOver(): boolean;
  end(): void;
  /** Runs `act` when the life ends. */
  onEnd(act: () => void): Cancel;
  /** Settles as `work` does, in this life only. */
  keep<T>(work: Promise<T>): Promise<T>;
  /** @throws Killed when the life is over */
  demand(): void;
  /** Runs `act` in this life: at once, or when the process is no longer stopped; never, when it is over. */
  run(act: () => void): void;
  /** Stops the process as a signal does: nothing of it runs until `resume`. */
  pause(): void;
  resume(): void;
}

export function newLife(name: string): Life {
  const ends = new Set<() => void>();
  let over = false;
  let waiting: (() => void)[] | null = null;
  const life: Life = {
    name,
    isOver: () => over,
    end() {
      if (over) return;
      over = true;
      for (const act of ends) act();
      ends.clear();
    },
    onEnd(act) {
      ends.add(act);
      return () => void ends.delete(act);
    },
    keep: (work) =>
      new Promise((resolve, reject) => {
        work.then(
          (value) => life.run(() => resolve(value)),
          (error: Error) => life.run(() => reject(error)),
        );
      }),
    demand() {
      if (over) throw new Killed(name);
    },
    run(act) {
      if (over) return;
      if (waiting) waiting.push(act);
      else act();
    },
    pause: () => void (waiting ??= []),
    resume() {
      const acts = waiting ?? [];
      waiting = null;
      for (const act of acts) life.run(act);
    },
  };
  return life;
}

/** Wall clock of one host, which others may set wrong. */
export interface HostClock {
  /** How far it is off the true time, in milliseconds. */
  offMs: number;
}

/** What the world calls true when it begins. */
export const BEGAN_MS = Date.UTC(2026, 0, 1);

/** Time as one life of a process on a host sees it. */
export const lifeClock = (time: WorldTime, life: Life, host: HostClock): Clock => ({
  wall: () => Math.floor(BEGAN_MS + host.offMs + time.now()),
  mono: () => time.now(),
  after: (delayMs, act) => time.after(delayMs, () => life.run(act)),
});
