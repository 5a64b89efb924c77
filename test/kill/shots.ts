import type { KillPoint } from "@fyr/agent/testing";
import { CASES, WITHOUT_METADATA, type Case } from "./cases.ts";

export const ROUNDS = process.env["FYR_LONG"] === "1" ? 3 : 1;

/** One agent to be killed at one point. */
export interface Shot {
  readonly point: KillPoint;
  readonly of: Case;
  /** Each round takes the next generation. */
  readonly turn: number;
}

const roundsOf = (of: Case): Shot[][] =>
  Array.from({ length: ROUNDS }, (_, round) =>
    of.points.map((point, at) => ({ point, of, turn: at + round })),
  );

/** The sweep is cut in two, so that two workers share it. */
export const HALVES = [1, 2] as const;
export type Half = (typeof HALVES)[number];

/** The shots of one round go together, before any other of their half. */
export const togetherIn = (half: Half): Shot[][] => (half === 2 ? roundsOf(WITHOUT_METADATA) : []);

/** Every other shot: what lies before a commit falls to one half and what lies after it to the other. */
export const shotsIn = (half: Half): Shot[] =>
  CASES.flatMap(roundsOf)
    .flat()
    .filter((_, at) => at % HALVES.length === half - 1);
