import type { Cancel, Clock } from "@fyr/runtime";

/** How long to rest, and what may end the rest early. All in milliseconds from now. */
export interface Rest {
  readonly dueMs: number;
  /** Nothing wakes before this: a wait that the hub asked for. */
  readonly notBeforeMs: number;
  /** News of our own wake this long after the first of them; null while the hub does not answer and news could only add to its trouble. */
  readonly newsMs: number | null;
}

export interface Alarm {
  /** The hub says that work waits. */
  ring(): void;
  /** There is something to tell. */
  news(): void;
  /**
   * A turn begins. It serves what the hub rang for; it tells the news only when it sends a request that is made now,
   * and not one that was made before they came.
   */
  turn(sends: "new" | "again"): void;
  rest(rest: Rest): Promise<void>;
  /** Ends the rest under way and every later one at once. */
  stop(): void;
}

/** Joins everything that may wake the sync into one timer, so that a hundred reasons make one request. */
export function createAlarm(clock: Clock): Alarm {
  let rung = false;
  let toldAt: number | undefined;
  let stopped = false;
  let look = () => {};

  /** When a rest that began at `began` ends as things are, in monotonic milliseconds. */
  const endOf = (began: number, { dueMs, notBeforeMs, newsMs }: Rest): number => {
    if (stopped) return began;
    const newsAt = toldAt === undefined || newsMs === null ? Number.POSITIVE_INFINITY : toldAt + newsMs;
    const early = rung ? began : newsAt;
    return Math.max(began + notBeforeMs, Math.min(early, began + dueMs));
  };

  return {
    ring: () => ((rung = true), look()),
    news: () => ((toldAt ??= clock.mono()), look()),
    turn(sends) {
      rung = false;
      if (sends === "new") toldAt = undefined;
    },
    stop: () => ((stopped = true), look()),
    rest: (plan) =>
      new Promise((resolve) => {
        const began = clock.mono();
        let cancel: Cancel = () => {};
        const wake = () => {
          look = () => {};
          resolve();
        };
        look = () => {
          cancel();
          const left = endOf(began, plan) - clock.mono();
          if (left <= 0) wake();
          else cancel = clock.after(left, wake);
        };
        look();
      }),
  };
}
