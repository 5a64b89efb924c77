import type { Clock } from "./clock.ts";

export interface FakeClock extends Clock {
  /** Lets `ms` pass: runs what falls due in order, settling promises after each. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an operator or a bad time server does. */
  jumpWall(ms: number): void;
  /** When the next timer falls due, in monotonic milliseconds; undefined when nothing waits. */
  nextDue(): number | undefined;
}

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly act: () => void;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Time that passes only when told to. Starts at 2026-01-01T00:00:00Z unless told otherwise. */
export function fakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let mono = 0;
  let wallOffset = startMs;
  let order = 0;
  const entries = new Set<Entry>();
  const earliest = () => [...entries].sort((a, b) => a.due - b.due || a.order - b.order)[0];
  return {
    wall: () => wallOffset + mono,
    mono: () => mono,
    after(delayMs, act) {
      const entry = { due: mono + Math.max(0, delayMs), order: order++, act };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    async advance(ms) {
      const end = mono + ms;
      await settle();
      for (let next = earliest(); next && next.due <= end; next = earliest()) {
        entries.delete(next);
        mono = next.due;
        next.act();
        await settle();
      }
      mono = end;
    },
    jumpWall: (ms) => (wallOffset += ms),
    nextDue: () => earliest()?.due,
  };
}
