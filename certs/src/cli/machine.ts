import type { Clock, Files, Random } from "@fyr/runtime";

/** The real things of a command; `main.ts` alone makes them. */
export interface Machine {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  /** Asks for a secret without showing it. */
  askSecret(question: string): Promise<string>;
  /** A line for whoever called the command. */
  print(line: string): void;
}

const RED = "\u001b[31;1m";
const PLAIN = "\u001b[0m";

/** For what must not be overlooked. */
export const inRed = (text: string): string => `${RED}${text}${PLAIN}`;
