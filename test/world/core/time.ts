import type { Cancel, Random } from "@fyr/runtime";
import { turn } from "../seal.ts";

interface Entry {
  readonly dueMs: number;
  /** Drawn: what falls due in one moment comes in any order, but in the same order for the same seed. */
  readonly tie: number;
  readonly order: number;
  act: (() => void) | null;
}

/** The virtual time of a whole world: it passes only from one event to the next. */
export interface WorldTime {
  /** Milliseconds since the world began. */
  now(): number;
  /** Events so far. */
  steps(): number;
  after(delayMs: number, act: () => void): Cancel;
  /** Runs the next event, and everything that follows from it before time passes; false when nothing is left. */
  step(): Promise<boolean>;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;

/** The one place of the world that decides what happens next: by time, then by a drawn tie, then by age. */
export function worldTime(random: Random): WorldTime {
  const heap: Entry[] = [];
  let nowMs = 0;
  let order = 0;
  let steps = 0;

  function push(entry: Entry): void {
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  function pop(): Entry | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const [left, right] = [heap[below] as Entry, heap[below + 1]];
      const [child, place] = right && isBefore(right, left) ? [right, below + 1] : [left, below];
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = place;
    }
    heap[at] = last;
    return first;
  }

  return {
    now: () => nowMs,
    steps: () => steps,
    after(delayMs, act) {
      const entry: Entry = { dueMs: nowMs + Math.max(0, delayMs), tie: random.next(), order: order++, act };
      push(entry);
      return () => void (entry.act = null);
    },
    async step() {
      for (let next = pop(); next; next = pop()) {
        if (!next.act) continue;
        nowMs = next.dueMs;
        steps++;
        next.act();
        // Promises settle in microtasks, all of which have run when the event loop comes round again.
        await turn();
        return true;
      }
      return false;
    },
  };
}
