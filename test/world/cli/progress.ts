import { inThousands, totals } from "./report.ts";
import type { Tally } from "./tally.ts";

export interface Progress {
  /** Whatever is written beside it goes through here. */
  say(text: string): void;
  end(): void;
}

export interface Goal {
  readonly seeds?: number;
  readonly jobs?: number;
}

const TERMINAL_EVERY_MS = 500;
const LINE_EVERY_MS = 60_000;

/** How far a run has come: one line that changes on a terminal, a line of totals each minute elsewhere. */
export function showProgress(tally: Tally, goal: Goal, to: NodeJS.WriteStream): Progress {
  const begunMs = performance.now();
  const isTerminal = to.isTTY;
  const clear = () => void (isTerminal && to.write("\r\u001b[K"));
  const draw = () => void (isTerminal && to.write(`\r\u001b[K${howFar(tally, goal, elapsed())}`));
  const elapsed = () => performance.now() - begunMs;
  const drawing = setInterval(draw, TERMINAL_EVERY_MS);
  const telling = setInterval(() => {
    clear();
    to.write(`${clock(elapsed())}  ${totals(tally)}\n`);
  }, LINE_EVERY_MS);
  return {
    say(text) {
      clear();
      to.write(text);
    },
    end() {
      clearInterval(drawing);
      clearInterval(telling);
      clear();
    },
  };
}

function howFar({ worlds, jobs, failed }: Tally, goal: Goal, elapsedMs: number): string {
  const done = goal.jobs === undefined ? worlds / (goal.seeds ?? 1) : jobs / goal.jobs;
  const of = (value: number, all: number | undefined, what: string) =>
    `${inThousands(value)}${all === undefined ? "" : ` of ${inThousands(all)}`} ${what}`;
  return [
    of(worlds, goal.jobs === undefined ? goal.seeds : undefined, "seeds"),
    of(jobs, goal.jobs, "jobs"),
    `${inThousands(worlds / (elapsedMs / 60_000))} seeds per minute`,
    `${failed} wrong`,
    ...(done > 0 ? [`${clock((elapsedMs / done) * Math.max(0, 1 - done))} left`] : []),
  ].join(", ");
}

/** 3:05:09 */
export function clock(ms: number): string {
  const all = Math.round(ms / 1_000);
  const [hours, minutes, seconds] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60];
  return `${hours}:${String(minutes).padStart(2, "0")}:${String(seconds).padStart(2, "0")}`;
}
