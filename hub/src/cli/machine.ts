import type { Clock, Files, Ids, Random } from "@fyr/runtime";

/** The real things of a hub process; `main.ts` alone makes them. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly files: Files;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lets what has arrived be read before more work is started. */
  turn(): Promise<void>;
  /** A line for whoever called the command. */
  print(line: string): void;
}

const RED = "\u001b[31;1m";
const PLAIN = "\u001b[0m";

/** For what must not be overlooked. */
export const inRed = (text: string): string => `${RED}${text}${PLAIN}`;
